import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { run } from '../../src/host/run.ts';

/** What this host shows of itself, as lines of text, looked up without the program's own means. */

type Source = () => string[] | Promise<string[]>;

const SOURCES: Readonly<Record<string, Source>> = {
  process: () => processes(describeProcess),
  namespace: () => processes((pid) => namespacesOf(pid).map((name) => `${pid} ${name}`)),
  mount: () => ['self', ...pidsOf('dockerd')].flatMap((pid) => linesOf(read(`/proc/${pid}/mountinfo`))),
  container: async () => await ofEngines('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}'),
  network: async () => await ofEngines('network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}'),
  volume: async () => await ofEngines('volume', 'ls', '--format', '{{.Name}}'),
  interface: async () => await output('ip', '-oneline', 'link'),
  nft: async () => await output('nft', 'list', 'ruleset'),
  iptables: async () => [...(await output('iptables-save')), ...(await output('ip6tables-save'))],
  file: async () => await output('find', ...FOLDERS, ...cgroups(), '-xdev', '-maxdepth', '6'),
};

/** Where programs, engines and the kernel keep what belongs to something that runs. */
const FOLDERS = ['/run', '/tmp', '/dev/shm', '/sys/fs/cgroup', '/var/lib/docker/containers'];

const SHOWN = 160;

/** The lines of this host in which one of the words stands, each with where it was found. */
export async function tracesOf(words: readonly string[]): Promise<string[]> {
  if (words.length === 0) return [];
  const found = Object.entries(SOURCES).map(async ([name, source]) => {
    const lines = await source();
    return lines.flatMap((line) => {
      const word = words.find((each) => line.includes(each));
      return word === undefined ? [] : [`${name}, with ${word}: ${line.slice(0, SHOWN)}`];
    });
  });
  return (await Promise.all(found)).flat();
}

/** The namespaces, apart from this process's own, of all processes in which one of the words stands: `net:[4026531840]`. */
export function namespacesWith(words: readonly string[]): string[] {
  const own = new Set(namespacesOf('self'));
  const found = processes((pid) => {
    const isMeant = describeProcess(pid).some((line) => words.some((word) => line.includes(word)));
    return isMeant ? namespacesOf(pid).filter((name) => !own.has(name)) : [];
  });
  return [...new Set(found)];
}

/** Processes with this name. */
const pidsOf = (name: string): string[] =>
  processes((pid) => (read(`/proc/${pid}/comm`).trim() === name ? [pid] : []));

function processes<T>(look: (pid: string) => T[]): T[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap(look);
}

/** Arguments and environment; nothing of a process that is gone. */
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
    return []; // gone meanwhile
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

/** What a program prints; a program that is not here has nothing to show. @throws Error when it fails */
async function output(program: string, ...args: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr, notFound } = await run(program, args);
  // find: files may go while it looks.
  if (notFound || exitCode === 0 || program === 'find') return linesOf(stdout);
  throw new Error(`${[program, ...args].join(' ')}: ${stderr}`);
}

/** Each hierarchy of cgroup v1 is a mount of its own, which find does not enter. */
function cgroups(): string[] {
  return linesOf(read('/proc/self/mounts')).flatMap((line) => {
    const [, path = '', type] = line.split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [path] : [];
  });
}
