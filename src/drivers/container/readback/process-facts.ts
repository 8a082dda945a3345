import { readFile, readlink } from 'node:fs/promises';
import { parseMountTable } from '../../../host/disk/mount-table.ts';
import type { Owner } from '../../driver.ts';

/**
 * What the kernel reports about a container's first process. If the runtime uses the host's kernel, this verifies the
 * engine's report. If the runtime is another kernel, the process is that kernel, and only its name is useful.
 */

const NAMESPACES = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'] as const;
type Namespace = (typeof NAMESPACES)[number];

/** A mount of the process: its path, the type of its file system, and whether it is read-only. */
export interface MountPoint {
  readonly path: string;
  readonly type: string;
  readonly isReadOnly: boolean;
}

export interface ProcessFacts {
  readonly pid: number;
  /** The command line, arguments separated by spaces. */
  readonly commandLine: string;
  /** The fields of /proc/PID/status, see proc_pid_status(5). */
  readonly status: Readonly<Record<string, string>>;
  readonly mounts: readonly MountPoint[];
  /** Links such as `net:[4026531840]`; those that this user may not read are missing. */
  readonly namespaces: Partial<Readonly<Record<Namespace, string>>>;
}

/** The facts about a process; undefined when it has ended or is not on this host (an engine in a virtual machine). */
export async function readProcessFacts(pid: number): Promise<ProcessFacts | undefined> {
  try {
    const [commandLine, status, namespaces, mounts] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readNamespaces(String(pid)),
      readFile(`/proc/${pid}/mountinfo`, 'utf8'),
    ]);
    // A zombie has no command line: the program has ended between the reads.
    if (commandLine === '') return undefined;
    return {
      pid,
      commandLine: commandLine.split('\0').join(' ').trim(),
      status: parseStatus(status),
      namespaces,
      mounts: parseMounts(mounts),
    };
  } catch {
    return undefined;
  }
}

/** Parses the text of /proc/PID/mountinfo. */
export const parseMounts = (text: string): MountPoint[] =>
  parseMountTable(text).map(({ path, type, options }) => ({
    path,
    type,
    isReadOnly: options.includes('ro'),
  }));

/** The namespaces of this process, for comparison. */
export const ownNamespaces = async (): Promise<ProcessFacts['namespaces']> => await readNamespaces('self');

async function readNamespaces(pid: string): Promise<ProcessFacts['namespaces']> {
  const links = await Promise.all(
    NAMESPACES.map(async (name) => [name, await readlink(`/proc/${pid}/ns/${name}`).catch(() => undefined)]),
  );
  return Object.fromEntries(links.filter(([, link]) => link !== undefined)) as ProcessFacts['namespaces'];
}

/** Parses the lines `Name:\tvalue` of /proc/PID/status. */
export function parseStatus(text: string): Record<string, string> {
  const fields = text.split('\n').map((line) => /^(\w+):\s*(.*)$/.exec(line));
  return Object.fromEntries(
    fields.flatMap((match) => (match ? [[match[1] ?? '', (match[2] ?? '').trim()]] : [])),
  );
}

export interface ExpectedProcess {
  readonly owner: Owner;
  /** The launcher's namespaces: the container may share none of them. */
  readonly ours: ProcessFacts['namespaces'];
  /** Namespaces that the engine always shares on this host, such as `cgroup` with Podman on cgroup v1. */
  readonly mayShare: readonly Namespace[];
  /** The network namespace that the container must be in, if another container owns it. */
  readonly network: string | undefined;
  /** Paths that a mount must hide. */
  readonly masked: readonly string[];
}

/**
 * File systems whose files are settings of the host's kernel. In proc, that is /proc/sys, which is a separate mount.
 */
const OF_SETTINGS = ['sysfs', 'cgroup', 'cgroup2', 'debugfs', 'tracefs', 'securityfs', 'bpf', 'configfs'];
const SYSCTLS = '/proc/sys';

const NO_CAPABILITIES = '0000000000000000';

/** The parts of the confinement that the kernel does not confirm; empty when all hold. */
export function processDifferences(facts: ProcessFacts, expected: ExpectedProcess): string[] {
  const { uid, gid } = expected.owner;
  const wanted: Readonly<Record<string, string>> = {
    Uid: Array(4).fill(uid).join(' '),
    Gid: Array(4).fill(gid).join(' '),
    ...Object.fromEntries(
      ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => [set, NO_CAPABILITIES]),
    ),
    NoNewPrivs: '1',
    Seccomp: '2', // a filter
  };
  const fields = Object.entries(wanted)
    .map(([name, value]) => ({ name, value, found: facts.status[name]?.replace(/\s+/g, ' ') }))
    .filter(({ value, found }) => value !== found)
    .map(({ name, value, found }) => `${name}: should be ${value}, the kernel says ${found ?? 'nothing'}`);
  const bare = expected.masked
    .filter((path) => !facts.mounts.some((mount) => mount.path === path))
    .map((path) => `${path} of the host's kernel shows`);
  return [...fields, ...bare, ...settingDifferences(facts), ...namespaceDifferences(facts, expected)];
}

function settingDifferences({ mounts }: ProcessFacts): string[] {
  const ofSettings = mounts.filter(({ path, type }) => path === SYSCTLS || OF_SETTINGS.includes(type));
  const open = ofSettings.filter(({ isReadOnly }) => !isReadOnly).map(({ path }) => path);
  const bare = ofSettings.some(({ path }) => path === SYSCTLS) ? [] : [SYSCTLS];
  return [...bare, ...open].map((path) => `settings of the host's kernel can be written to: ${path}`);
}

function namespaceDifferences(facts: ProcessFacts, expected: ExpectedProcess): string[] {
  const shared = NAMESPACES.filter((name) => {
    const link = facts.namespaces[name];
    return link !== undefined && link === expected.ours[name] && !expected.mayShare.includes(name);
  }).map((name) => `the ${name} namespace is the host's`);
  const { net } = facts.namespaces;
  const foreign =
    expected.network !== undefined && net !== undefined && net !== expected.network
      ? [`the network namespace is ${net}, not the bottle's own ${expected.network}`]
      : [];
  return [...shared, ...foreign];
}
