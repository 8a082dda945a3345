import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';

/** What the host's own /proc says of one process: proc(5). What this user may not read is left out. */

export interface Descriptor {
  /** What /proc/PID/fd shows, such as `anon_inode:[io_uring]`. */
  readonly link: string;
  /** Kind and numbers of a device: `block 8:0`, `char 1:3`. */
  readonly device: string | undefined;
  readonly isFile: boolean;
  readonly writable: boolean;
  /** The magic number of the file system that it lies on (statfs(2)). */
  readonly fileSystem: number | undefined;
  /** Of a pidfd: the process, as the host counts. */
  readonly pid: number | undefined;
}

export interface ProcessView {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  /** The lines of `status`. */
  readonly status: Readonly<Record<string, string>>;
  readonly descriptors: readonly Descriptor[];
  /** `user:[4026531837]` and its kin, by name. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly root: string;
  /** Soft and hard limit by name, such as `Max core file size`. */
  readonly limits: Readonly<Record<string, readonly [soft: string, hard: string]>>;
  readonly nice: number;
  readonly policy: number;
  readonly oomScore: number;
  readonly personality: string;
  readonly mounts: readonly string[];
  /** Where its memory has something, in hexadecimal. */
  readonly mapped: readonly string[];
  /** Numbers of its network's sockets, by kind. */
  readonly sockets: Readonly<Record<SocketKind, readonly string[]>>;
  /** The addresses that its network's tables of routes have, its own among them. */
  readonly addresses: readonly string[];
  /** What its descriptors lead to when this is read, after the rest: a process that ends meanwhile has none. */
  readonly atLast: readonly string[];
}

export const SOCKET_KINDS = ['packet', 'raw', 'udp', 'udp6', 'unix', 'netlink'] as const;
export type SocketKind = (typeof SOCKET_KINDS)[number];

/**
 * Looks at a process; undefined where there is none. Most of it is read when it is first asked for: a sign needs little, and hundreds
 * of looks are taken.
 */
export function viewProcess(pid: number): ProcessView | undefined {
  const status = parseStatus(readText(pid, 'status'));
  const stat = parseStat(readText(pid, 'stat'));
  if (stat === undefined || status['Name'] === undefined) return undefined;
  return readWhenAsked(
    { pid, status, ...stat },
    {
      program: () => readLink(pid, 'exe'),
      descriptors: () => listOf(pid, 'fd').flatMap((name) => viewDescriptor(pid, name) ?? []),
      namespaces: () =>
        Object.fromEntries(listOf(pid, 'ns').map((name) => [name, readLink(pid, `ns/${name}`)])),
      root: () => readLink(pid, 'root'),
      limits: () => parseLimits(readText(pid, 'limits')),
      oomScore: () => Number(readText(pid, 'oom_score_adj')),
      personality: () => readText(pid, 'personality').trim(),
      mounts: () => linesOf(readText(pid, 'mountinfo')),
      mapped: () => linesOf(readText(pid, 'maps')).map((line) => line.split('-', 1)[0] ?? ''),
      sockets: () =>
        Object.fromEntries(
          SOCKET_KINDS.map((kind) => [kind, parseSockets(readText(pid, `net/${kind}`))]),
        ) as ProcessView['sockets'],
      addresses: () => parseTables(readText(pid, 'net/fib_trie')),
      atLast: () => listOf(pid, 'fd').map((name) => readLink(pid, `fd/${name}`)),
    },
  );
}

/** All of it as it is now, for what is to be compared with later. */
export function viewWholeProcess(pid: number): ProcessView | undefined {
  const view = viewProcess(pid);
  return view && { ...view };
}

type Readers<View> = { readonly [Part in keyof View]: () => View[Part] };

/** An object whose other parts are read once each, when they are first asked for. */
function readWhenAsked<First extends object, Rest extends object>(
  first: First,
  readers: Readers<Rest>,
): First & Rest {
  const view: object = { ...first };
  for (const [part, read] of Object.entries<() => unknown>(readers)) {
    let kept: { readonly value: unknown } | undefined;
    const get = (): unknown => (kept ??= { value: read() }).value;
    Object.defineProperty(view, part, { get, enumerable: true });
  }
  return view as First & Rest;
}

/** Whether this user may look at a process as closely as the probes need (ptrace(2), access mode checks). */
export function mayLookAt(pid: number): boolean {
  return (
    readLink(pid, 'ns/user') !== '' && listOf(pid, 'fd').length > 0 && readText(pid, 'personality') !== ''
  );
}

/** Pure: `Name: value` of each line. */
export const parseStatus = (text: string): Record<string, string> =>
  Object.fromEntries(
    linesOf(text).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );

/** Pure. The second field is the program's name in brackets and may hold spaces and brackets itself. */
export function parseStat(
  text: string,
): { readonly parent: number; readonly nice: number; readonly policy: number } | undefined {
  // The first of these is the third field of proc_pid_stat(5).
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, nice, policy] = [fields[1], fields[16], fields[38]];
  return parent === undefined || nice === undefined || policy === undefined
    ? undefined
    : { parent, nice, policy };
}

/** Pure. */
export const parseLimits = (text: string): ProcessView['limits'] =>
  Object.fromEntries(
    [...text.matchAll(/^(Max .*?) {2,}(\S+) +(\S+)/gm)].map(([, name = '', soft = '', hard = '']) => [
      name,
      [soft, hard] as const,
    ]),
  );

/** Pure. The leaves of /proc/net/fib_trie: `|-- 192.0.2.1`. */
export const parseTables = (text: string): readonly string[] =>
  [...text.matchAll(/\|-- (\S+)/g)].map(([, address = '']) => address);

/** Of IPv6: at ::1, or at no address, where every process may have one. */
const ANYBODYS = /^\s*\d+: (?:0{32}|0{24}01000000):/;

/** Pure. The numbers of sockets in /proc/net/packet, raw, udp or udp6, which have their column in different places. */
export function parseSockets(text: string): readonly string[] {
  const [head = '', ...lines] = linesOf(text);
  // The two columns tx_queue and rx_queue are one in the lines, and so are `tr` and `tm->when`.
  const names = head
    .trim()
    .replace('tx_queue rx_queue', 'queues')
    .replace('tr tm->when', 'timer')
    .split(/\s+/);
  const column = names.findIndex((name) => name.toLowerCase() === 'inode');
  return lines
    .filter((line) => !ANYBODYS.test(line))
    .flatMap((line) => line.trim().split(/\s+/)[column] ?? []);
}

function viewDescriptor(pid: number, name: string): Descriptor | undefined {
  const link = readLink(pid, `fd/${name}`);
  if (link === '') return undefined;
  const info = parseStatus(readText(pid, `fdinfo/${name}`));
  const path = `/proc/${pid}/fd/${name}`;
  const stats = attempt(() => statSync(path));
  const numbers = stats === undefined ? '' : `${majorOf(stats.rdev)}:${minorOf(stats.rdev)}`;
  const of = info['Pid'];
  return {
    link,
    device: stats?.isBlockDevice()
      ? `block ${numbers}`
      : stats?.isCharacterDevice()
        ? `char ${numbers}`
        : undefined,
    isFile: stats?.isFile() ?? false,
    // The last two bits of open(2)'s flags, which are in octal: for writing, or for both.
    writable: (Number.parseInt(info['flags'] ?? '0', 8) & 3) !== 0,
    fileSystem: stats?.isFile() === true ? attempt(() => statfsSync(path).type) : undefined,
    pid: of === undefined ? undefined : Number(of),
  };
}

/** makedev(3). */
const majorOf = (device: number): number => (device >>> 8) & 0xfff;
const minorOf = (device: number): number => (device & 0xff) | ((device >>> 12) & 0xfff00);

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const readText = (pid: number, name: string): string =>
  attempt(() => readFileSync(`/proc/${pid}/${name}`, 'utf8')) ?? '';
const readLink = (pid: number, name: string): string =>
  attempt(() => readlinkSync(`/proc/${pid}/${name}`)) ?? '';
const listOf = (pid: number, name: string): readonly string[] =>
  attempt(() => readdirSync(`/proc/${pid}/${name}`)) ?? [];

/** What is gone meanwhile, or another user's, is not there. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
