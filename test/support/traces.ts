import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from '../../src/host/processes.ts';
import { run } from '../../src/host/run.ts';

/** Collects what this host shows of itself as lines of text, without the program's own code. */

type Source = () => string[] | Promise<string[]>;

const SOURCES: Readonly<Record<string, Source>> = {
  process: () => processes(describeProcess),
  mount: mounts,
  container: async () => await ofEngines('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}'),
  network: async () => await ofEngines('network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}'),
  volume: async () => await ofEngines('volume', 'ls', '--format', '{{.Name}}'),
  interface: async () => await output('ip', '-oneline', 'link'),
  nft: async () => await output('nft', 'list', 'ruleset'),
  iptables: async () => [...(await output('iptables-save')), ...(await output('ip6tables-save'))],
  file: async () =>
    await output('find', ...FOLDERS, ...cgroups(), '-xdev', '-maxdepth', '6', ...BUT_DOCKERS_OWN),
};

/** Folders in which programs, engines and the kernel keep files of running things. */
const FOLDERS = ['/run', '/tmp', '/dev/shm', '/sys/fs/cgroup', '/var/lib/docker/containers'];

/**
 * If the caller of a start ends and so cancels it, Docker 26 leaves an empty folder for the pipes it had not made yet.
 */
const BUT_DOCKERS_OWN = ['-not', '(', '-path', '/run/docker/containerd/*', '-type', 'd', '-empty', ')'];

/** Limits of lines per kind, and of characters per line: more would hide what matters. */
const MOST = 4;
const SHOWN = 160;

/** Returns the lines of this host that contain one of the words, each with its source. */
export async function tracesOf(words: readonly string[]): Promise<string[]> {
  if (words.length === 0) return [];
  const found = Object.entries(SOURCES).map(async ([name, source]) => {
    const lines = await source();
    const traces = lines.flatMap((line) => {
      const word = words.find((each) => line.includes(each));
      return word === undefined ? [] : [`${name}, with ${word}: ${line.slice(0, SHOWN)}`];
    });
    return traces.slice(0, MOST);
  });
  return (await Promise.all(found)).flat();
}

/** Returns the processes whose arguments or environment contain one of the words. */
export function processesWith(words: readonly string[]): { readonly pid: number; readonly text: string }[] {
  return processes((pid) =>
    describeProcess(pid)
      .filter((text) => words.some((word) => text.includes(word)))
      .map((text) => ({ pid: Number(pid), text })),
  );
}

/** Processes in namespaces and mounts of namespaces, which keep the namespaces alive. */
export interface Keepers {
  readonly processes: readonly ProcessIdentity[];
  readonly mountPoints: readonly string[];
}

/**
 * Returns what keeps the namespaces of processes with one of the words alive. The kernel soon reuses numbers of
 * namespaces.
 */
export function keepersOf(words: readonly string[]): Keepers {
  const own = new Set(['self', ...pidsOf('dockerd'), ...pidsOf('containerd')].flatMap(namespacesOf));
  const made = new Set(
    processesWith(words)
      .flatMap(({ pid }) => namespacesOf(String(pid)))
      .filter((name) => !own.has(name)),
  );
  const isInside = (pid: string): boolean => namespacesOf(pid).some((name) => made.has(name));
  return {
    processes: processes((pid) => (isInside(pid) ? [identify(Number(pid))] : [])).filter(
      (it) => it !== undefined,
    ),
    mountPoints: mounts().flatMap((line) => {
      const [, , , root = '', mountPoint = ''] = line.split(' ');
      return made.has(root) ? [mountPoint] : [];
    }),
  };
}

/** Returns a line for each of them that still exists. */
export function keptAlive({ processes, mountPoints }: Keepers): string[] {
  const mounted = new Set(mounts().map((line) => line.split(' ')[4]));
  return [
    ...processes
      .filter(isRunning)
      .flatMap(({ pid }) => describeProcess(String(pid)))
      .map((process) => `namespace, kept by process ${process.slice(0, SHOWN)}`),
    ...mountPoints.filter((path) => mounted.has(path)).map((path) => `namespace, kept by mount ${path}`),
  ];
}

/** Lines of mountinfo, as this process and Docker's daemon see them: see proc(5). */
function mounts(): string[] {
  return ['self', ...pidsOf('dockerd')].flatMap((pid) => linesOf(read(`/proc/${pid}/mountinfo`)));
}

/** Processes with this name. */
const pidsOf = (name: string): string[] =>
  processes((pid) => (read(`/proc/${pid}/comm`).trim() === name ? [pid] : []));

function processes<T>(look: (pid: string) => T[]): T[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap(look);
}

/** Arguments and environment; empty if the process has ended. */
function describeProcess(pid: string): string[] {
  const text = `${read(`/proc/${pid}/cmdline`)}\0${read(`/proc/${pid}/environ`)}`
    .replaceAll(/\0+/g, ' ')
    .trim();
  return text === '' ? [] : [`${pid} ${text}`];
}

function namespacesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/ns`).map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));
  } catch {
    return []; // ended meanwhile
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

async function ofEngines(...args: string[]): Promise<string[]> {
  return [...(await output('docker', ...args)), ...(await output('podman', ...args))];
}

/** A program's output; empty if the program is not installed. @throws Error if it fails */
async function output(program: string, ...args: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr, notFound } = await run(program, args);
  // find: files may disappear during the search.
  if (notFound || exitCode === 0 || program === 'find') return linesOf(stdout);
  throw new Error(`${[program, ...args].join(' ')}: ${stderr}`);
}

/** Each hierarchy of cgroup v1 is a separate mount, which find does not enter. */
function cgroups(): string[] {
  return linesOf(read('/proc/self/mounts')).flatMap((line) => {
    const [, path = '', type] = line.split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [path] : [];
  });
}
