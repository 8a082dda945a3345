import { limitFaultsOf } from '../../host/process/confinement.ts';
import { parseMountTable } from '../../host/disk/mount-table.ts';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Owner } from '../driver.ts';
import { mostFilesFaults, type MostFiles, boundFiles } from '../most-files.ts';
import { overlayFaults, layOverlays } from './overlays.ts';
import { folderFaults, readFolders, type FolderReading, type FolderSizes } from '../own-folders.ts';
import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import { together } from '../../host/together.ts';
import type { StartedBottle } from './start.ts';

/**
 * Compares what the kernel reports about the bottle's first program with the plan. Reads it from the host's side, after
 * the last step of the setup and before any foreign program runs: all other programs inherit from the first one.
 */
export interface Reading {
  /** /proc/PID/status, limits, mountinfo, uid_map, gid_map, net/dev, net/route: proc(5). */
  readonly status: string;
  readonly limits: string;
  readonly mounts: string;
  readonly uidMap: string;
  readonly gidMap: string;
  readonly interfaces: string;
  readonly routes: string;
  /** By kind, such as `net` → `net:[4026532188]`; namespaces(7). */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly launcherNamespaces: Readonly<Record<string, string>>;
  /** The targets of the open descriptors, by number. */
  readonly descriptors: Readonly<Record<string, string>>;
  readonly folders: FolderReading;
}

export interface Wanted {
  readonly plan: SandboxPlan;
  readonly owner: Owner;
  /** Root has dropped its groups. Other users cannot drop theirs, so the sandbox keeps them. */
  readonly launchedByRoot: boolean;
}

/** The planned properties of a sandbox. */
export interface SandboxPlan {
  readonly limits: {
    /** The required lines of /proc/PID/limits; soft and hard limit are equal. */
    readonly expected: Readonly<Record<string, number>>;
    /** The CPUs that the sandbox may run on. */
    readonly cpus: readonly number[];
  };
  /** The writable paths; all others must be read-only. */
  readonly writable: readonly string[];
  /** The sizes of the sandbox's own folders. */
  readonly folderSizes: FolderSizes;
  readonly mostFiles: MostFiles;
  /** The uid and gid of its programs, as seen inside. */
  readonly inside: Owner;
  /**
   * The expected CapBnd: capabilities that remain in this set, although no program has them or can gain them any more.
   */
  readonly boundingSet: string;
  /** Interfaces besides loopback, and devices besides those of bwrap --dev. */
  readonly links: readonly string[];
  readonly devices: readonly string[];
  /** Folders of the host that are mounted through an overlay: see overlays.ts. */
  readonly overlaid: readonly string[];
}

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;
/** In the format of /proc/PID/status. */
export const NO_CAPABILITY = '0'.repeat(16);
/** The only devices of bwrap --dev; they store no data. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);

/**
 * Reads the kernel's report. `folders`: the sandbox's own folders. Throws the error of node:fs if the process is gone.
 */
export function read(pid: number, folders: readonly string[]): Reading {
  const text = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const links = (folder: string, names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, readlinkSync(`${folder}/${name}`)]));
  return {
    status: text('status'),
    limits: text('limits'),
    mounts: text('mountinfo'),
    uidMap: text('uid_map'),
    gidMap: text('gid_map'),
    interfaces: text('net/dev'),
    routes: text('net/route'),
    namespaces: links(`/proc/${pid}/ns`, NAMESPACES),
    launcherNamespaces: links('/proc/self/ns', NAMESPACES),
    descriptors: links(`/proc/${pid}/fd`, readdirSync(`/proc/${pid}/fd`)),
    folders: readFolders(pid, folders),
  };
}

/** Every difference from the plan, one line each; empty if there is none. Pure. */
export function differences(reading: Reading, wanted: Wanted): readonly string[] {
  return [
    ...statusDifferences(reading.status, wanted),
    ...mapDifferences(reading, wanted),
    ...NAMESPACES.filter((kind) => shares(reading, kind)).map(
      (kind) => `shares its ${kind} namespace with the host`,
    ),
    ...limitFaultsOf(reading.limits, wanted.plan.limits.expected),
    ...mountDifferences(reading.mounts, wanted.plan),
    ...mostFilesFaults(reading.mounts, wanted.plan.mostFiles),
    ...overlayFaults(reading.mounts, wanted.plan.overlaid),
    ...folderFaults(reading.folders, wanted.plan.folderSizes),
    ...networkDifferences(reading, wanted.plan),
    ...descriptorDifferences(reading.descriptors),
  ];
}

function shares({ namespaces, launcherNamespaces }: Reading, kind: string): boolean {
  return namespaces[kind] === undefined || namespaces[kind] === launcherNamespaces[kind];
}

function statusDifferences(status: string, { owner, launchedByRoot, plan }: Wanted): readonly string[] {
  const four = (id: number): string => Array.from({ length: 4 }, () => id).join(' ');
  const expected: Record<string, string> = {
    NoNewPrivs: '1',
    Seccomp: '2',
    ...Object.fromEntries(['Inh', 'Prm', 'Eff', 'Amb'].map((set) => [`Cap${set}`, NO_CAPABILITY])),
    CapBnd: plan.boundingSet,
    Uid: four(owner.uid),
    Gid: four(owner.gid),
    ...(launchedByRoot ? { Groups: String(owner.gid) } : {}),
  };
  const found = (name: string): string =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1]?.trim().replaceAll(/\s+/g, ' ') ?? 'nothing';
  const cpus = found('Cpus_allowed_list');
  return [
    ...Object.entries(expected)
      .filter(([name, value]) => found(name) !== value)
      .map(([name, value]) => `${name} is ${found(name)}, not ${value}`),
    ...(cpus === cpuList(plan.limits.cpus) ? [] : [`runs on CPUs ${cpus}, not ${cpuList(plan.limits.cpus)}`]),
  ];
}

/** A set of CPUs in the kernel's format: `0-2,5`. */
function cpuList(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

function mapDifferences({ uidMap, gidMap }: Reading, { plan, owner }: Wanted): readonly string[] {
  const one = (map: string): string => map.trim().replaceAll(/\s+/g, ' ');
  const check = (what: string, map: string, expected: string): readonly string[] =>
    one(map) === expected ? [] : [`${what} is ${one(map)}, not ${expected}`];
  return [
    ...check('uid_map', uidMap, `${plan.inside.uid} ${owner.uid} 1`),
    ...check('gid_map', gidMap, `${plan.inside.gid} ${owner.gid} 1`),
  ];
}

/** A mount may be writable only if the plan lists it or one of its parents as writable. */
function mountDifferences(mounts: string, { writable, devices }: SandboxPlan): readonly string[] {
  const lines = parseMountTable(mounts);
  const found: string[] = lines.length === 0 ? ['no mounts could be read'] : [];
  for (const { path, options } of lines) {
    const isDevice = DEVICES.includes(path) || devices.includes(path);
    const mayWrite = isDevice || writable.some((place) => path === place || path.startsWith(`${place}/`));
    if (!options.includes('nosuid')) found.push(`${path} is mounted with set-user-id programs in force`);
    if (!options.includes('nodev') && !isDevice && path !== '/dev/pts')
      found.push(`${path} is mounted with devices`);
    if (!options.includes('ro') && (!mayWrite || path.startsWith('/proc/')))
      found.push(`${path} can be written to`);
  }
  if (!lines.some(({ path }) => path === '/')) found.push('the root folder is not a separate mount');
  return found;
}

function networkDifferences(
  { interfaces, routes }: Reading,
  { links }: Pick<SandboxPlan, 'links'>,
): readonly string[] {
  const names = [...interfaces.matchAll(/^\s*([^\s:|]+):/gm)].map((match) => match[1]);
  const [, ...lines] = routes.trim().split('\n');
  const leads = lines.filter((line) => !isOfLink(line, links));
  return [
    ...(names.includes('lo') ? [] : ['the network has no loopback']),
    ...links.filter((link) => !names.includes(link)).map((link) => `the network has no ${link}`),
    ...(leads.length > 0 ? [`the network has routes: ${routes.trim()}`] : []),
  ];
}

/** Whether this line of /proc/net/route is a route of these links without a gateway: only to hosts on the link. */
function isOfLink(line: string, links: readonly string[]): boolean {
  const [name = '', , gateway] = line.split(/\s+/);
  return links.includes(name) && gateway === '00000000';
}

/** Expects standard streams at /dev/null, the signal descriptor, the launcher, and the control socket. */
function descriptorDifferences(descriptors: Reading['descriptors']): readonly string[] {
  const known = /^(?:socket:\[\d+\]|anon_inode:\[signalfd\])$/;
  return Object.entries(descriptors)
    .filter(([fd, target]) =>
      Number(fd) <= 2 ? target !== '/dev/null' : Number(fd) > 5 || !known.test(target),
    )
    .map(([fd, target]) => `descriptor ${fd} is open: ${target}`);
}

/**
 * Lays overlays on the host's folders in a sandbox, bounds the number of files in its own folders, and compares the
 * kernel's report about its first program with the plan.
 * @throws BottleError `rungUnavailable`
 */
export async function confirmSandbox(bottle: Pick<StartedBottle, 'init'>, wanted: Wanted): Promise<void> {
  const { plan } = wanted;
  const { pid } = bottle.init;
  await together([layOverlays(pid, plan.overlaid), boundFiles(pid, plan.mostFiles)]);
  const found = differences(read(pid, Object.keys(plan.folderSizes)), wanted);
  if (found.length === 0) return;
  throw new BottleError('rungUnavailable', 'the kernel did not apply the requested settings', {
    details: found,
    fix: DOCTOR_OR_REPORT,
  });
}
