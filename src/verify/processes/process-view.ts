import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';

/** What the host's /proc shows of one process: proc(5). Omits what this user may not read. */

export interface Descriptor {
  /** The link in /proc/PID/fd, such as `anon_inode:[io_uring]`. */
  readonly link: string;
  /** Type and numbers of a device: `block 8:0`, `char 1:3`. */
  readonly device: string | undefined;
  readonly isFile: boolean;
  readonly writable: boolean;
  /** The magic number of its file system (statfs(2)). */
  readonly fileSystem: number | undefined;
  /** The process of a pidfd, by its id on the host. */
  readonly pid: number | undefined;
}

export interface ProcessView {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  /** The fields of `status`, by name. */
  readonly status: Readonly<Record<string, string>>;
  readonly descriptors: readonly Descriptor[];
  /** Links such as `user:[4026531837]`, by name. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly root: string;
  /** Soft and hard limits by name, such as `Max core file size`. */
  readonly limits: Readonly<Record<string, readonly [soft: string, hard: string]>>;
  readonly nice: number;
  readonly policy: number;
  readonly oomScore: number;
  readonly personality: string;
  readonly mounts: readonly string[];
  /** The start addresses of its memory mappings, in hexadecimal. */
  readonly mapped: readonly string[];
  /** Inode numbers of the sockets in its network namespace, by kind. */
  readonly sockets: Readonly<Record<SocketKind, readonly string[]>>;
  /** The addresses in its network's routing tables, including its own. */
  readonly addresses: readonly string[];
  /** The targets of its descriptors, read last: a process that has ended meanwhile has none. */
  readonly atLast: readonly string[];
}

export const SOCKET_KINDS = ['packet', 'raw', 'udp', 'udp6', 'unix', 'netlink'] as const;
export type SocketKind = (typeof SOCKET_KINDS)[number];

/**
 * Returns the view of a process; undefined if there is none. Reads most parts when first needed, because each sign
 * needs little and there are hundreds of checks.
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

/** Returns the view with all parts read now, for later comparison. */
export function viewWholeProcess(pid: number): ProcessView | undefined {
  const view = viewProcess(pid);
  return view && { ...view };
}

type Readers<View> = { readonly [Part in keyof View]: () => View[Part] };

/** Returns an object that reads each of its other parts once, when first needed. */
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

/** Returns whether this user may inspect a process as far as the probes need (ptrace(2), access mode checks). */
export function mayLookAt(pid: number): boolean {
  return (
    readLink(pid, 'ns/user') !== '' && listOf(pid, 'fd').length > 0 && readText(pid, 'personality') !== ''
  );
}

/** Parses `Name: value` lines. Pure. */
export const parseStatus = (text: string): Record<string, string> =>
  Object.fromEntries(
    linesOf(text).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );

/**
 * Parses /proc/PID/stat. The second field is the program's name in brackets, and may contain spaces and brackets. Pure.
 */
export function parseStat(
  text: string,
): { readonly parent: number; readonly nice: number; readonly policy: number } | undefined {
  // The first element is the third field of proc_pid_stat(5).
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, nice, policy] = [fields[1], fields[16], fields[38]];
  return parent === undefined || nice === undefined || policy === undefined
    ? undefined
    : { parent, nice, policy };
}

/** Parses /proc/PID/limits. Pure. */
export const parseLimits = (text: string): ProcessView['limits'] =>
  Object.fromEntries(
    [...text.matchAll(/^(Max .*?) {2,}(\S+) +(\S+)/gm)].map(([, name = '', soft = '', hard = '']) => [
      name,
      [soft, hard] as const,
    ]),
  );

/** Returns the leaves of /proc/net/fib_trie: `|-- 192.0.2.1`. Pure. */
export const parseTables = (text: string): readonly string[] =>
  [...text.matchAll(/\|-- (\S+)/g)].map(([, address = '']) => address);

/** Matches IPv6 sockets at ::1, or at no address, which every process may have. */
const ANYBODYS = /^\s*\d+: (?:0{32}|0{24}01000000):/;

/**
 * Returns the inode numbers in /proc/net/packet, raw, udp or udp6, which have that column in different places. Pure.
 */
export function parseSockets(text: string): readonly string[] {
  const [head = '', ...lines] = linesOf(text);
  // The columns tx_queue and rx_queue are one field in each line, and so are `tr` and `tm->when`.
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
    // The last two bits of open(2)'s flags, in octal: write, or read and write.
    writable: (Number.parseInt(info['flags'] ?? '0', 8) & 3) !== 0,
    fileSystem: stats?.isFile() === true ? attempt(() => statfsSync(path).type) : undefined,
    pid: of === undefined ? undefined : Number(of),
  };
}

/** Decodes device numbers: makedev(3). */
const majorOf = (device: number): number => (device >>> 8) & 0xfff;
const minorOf = (device: number): number => (device & 0xff) | ((device >>> 12) & 0xfff00);

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const readText = (pid: number, name: string): string =>
  attempt(() => readFileSync(`/proc/${pid}/${name}`, 'utf8')) ?? '';
const readLink = (pid: number, name: string): string =>
  attempt(() => readlinkSync(`/proc/${pid}/${name}`)) ?? '';
const listOf = (pid: number, name: string): readonly string[] =>
  attempt(() => readdirSync(`/proc/${pid}/${name}`)) ?? [];

/** Returns undefined for data that is gone, or that this user may not read. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
