import { readlinkSync, statfsSync, statSync } from 'node:fs';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { bottlePaths } from '../../bottle/state/store.ts';
import { mostFilesOf } from '../../drivers/most-files.ts';
import { controlGroupOf } from '../../host/process/control-groups.ts';
import { mostOpenFiles } from '../../host/process/process-limits.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { everyPid, findProcessesOf } from '../../host/processes.ts';
import type { Measure } from '../probes/probe.ts';

/**
 * The processes outside a bottle that read its output: its owner, which is the launcher or keeper; all processes that
 * carry the bottle's name; and the parents of its programs, such as an engine's monitor of each container. Excludes the
 * engine and this process, which serve other bottles too; attack-as.ts measures what this process keeps of this bottle.
 */

/** Measures the greatest memory growth of any reader, in bytes, since the start. */
interface Readers {
  /** `members`: the processes in the bottle. */
  growthBytes(members: readonly string[]): number;
}

/** Finding readers scans all processes of the host, so it happens only on every tenth call. */
const LOOKS_APART = 10;

/** Starts to measure. The whole memory of later readers counts as growth. */
export function watchReaders(
  { id, owner }: Pick<BottleRecord, 'id' | 'owner'>,
  members: readonly string[],
): Readers {
  const readersOf = (inside: readonly string[]): ReadonlySet<string> => {
    const marked = [owner, ...findProcessesOf(id)].map(({ pid }) => String(pid));
    const outside = [...marked, ...inside.map(parentOf)];
    return new Set(outside.filter((pid) => !inside.includes(pid) && !isNobody(pid)));
  };
  let readers = readersOf(members);
  const before = new Map([...readers].map((pid) => [pid, memoryBytesOf(pid)]));
  let looks = 0;
  return {
    growthBytes: (inside) => {
      looks += 1;
      if (looks % LOOKS_APART === 0) readers = readersOf(inside);
      return Math.max(...[...readers].map((pid) => memoryBytesOf(pid) - (before.get(pid) ?? 0)));
    },
  };
}

/** Excludes an unknown parent, this process, and the host's first process, which adopts orphans. */
const isNobody = (pid: string): boolean => ['', '0', '1', String(process.pid)].includes(pid);

const parentOf = (pid: string): string => fieldOf(pid, /^PPid:\s+(\d+)/m) ?? '';

/** Returns its resident memory; 0 if it has ended. */
const memoryBytesOf = (pid: string): number => Number(fieldOf(pid, /^VmRSS:\s+(\d+) kB/m) ?? 0) * 1024;

const fieldOf = (pid: string, pattern: RegExp): string | undefined =>
  pattern.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1];

/**
 * Measures from outside what a bottle uses of the host while it tries to use more, and keeps the maximum of each
 * measure. The bottle's processes are those in its network namespace; that includes sandboxes that hide their
 * processes, and threads.
 */
export interface Meter extends Disposable {
  /** Returns the maximum; undefined if never measured. */
  most(measure: Measure): number | undefined;
  /** Returns the limit. */
  bound(measure: Measure): number;
  /** Adds a value that was measured elsewhere. */
  note(measure: Measure, value: number): void;
}

const EVERY_MS = 100;
/** Processes that create and hold the bottle: they are in its network namespace, but not under its limit. */
const AROUND = 24;
const SHM_BYTES = 64 * 1024 * 1024;
/** Limit for log growth: all requests of one probe and user together are 61, of some hundred bytes each. */
const LOG_BYTES = 256 * 1024;
/** Returns the size of the kernel's descriptor table for this limit: it grows by powers of two. */
const placesFor = (openFiles: number): number => 2 ** Math.ceil(Math.log2(openFiles));
/**
 * Memory beyond a control group's limit that the kernel grants for a moment, to processes that are about to end or must
 * have it: mm/memcontrol.c, "force"; Documentation/admin-guide/cgroup-v2.rst, memory.max: "the usage may go over the
 * limit temporarily".
 */
const FORCED_BYTES = 1024 * 1024;
/** Memory that Node allocates while it passes on output, including garbage. */
const READER_BYTES = 128 * 1024 * 1024;

/** Starts to measure. `nonces`: the names of the files that attempts write. */
export function startMeter(
  record: BottleRecord,
  networkNamespace: string | undefined,
  nonces: readonly string[],
): Meter {
  const { pids, memoryBytes, diskBytes } = record.spec.resources;
  const enforced = Math.max(pids, record.spec.rung.traits.minPids);
  const bounds: Record<Measure, number> = {
    processes: enforced + AROUND,
    processBound: enforced,
    priority: 0,
    log: LOG_BYTES,
    tmp: diskBytes,
    home: diskBytes,
    shm: SHM_BYTES,
    tmpFiles: mostFilesOf(diskBytes),
    homeFiles: mostFilesOf(diskBytes),
    shmFiles: mostFilesOf(SHM_BYTES),
    openFiles: placesFor(mostOpenFiles()),
    readerMemory: READER_BYTES,
    memory: memoryBytes + FORCED_BYTES,
    processMemory: memoryBytes,
  };
  const most = new Map<Measure, number>();
  const note: Note = (measure, value) => {
    if (value !== undefined) most.set(measure, Math.max(value, most.get(measure) ?? -Infinity));
  };
  const read = reader(record, networkNamespace, nonces);
  const timer = setInterval(() => read(note), EVERY_MS);
  return {
    most: (measure) => most.get(measure),
    bound: (measure) => bounds[measure],
    note,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

type Note = (measure: Measure, value: number | undefined) => void;

function reader(
  record: BottleRecord,
  networkNamespace: string | undefined,
  nonces: readonly string[],
): (note: Note) => void {
  const namespaces = networkNamespace === undefined ? namespacesOf(record.id) : [networkNamespace];
  const logPath = bottlePaths(record.id).auditPath;
  const logBefore = sizeOf(logPath) ?? 0;
  let settled = membersOf(namespaces);
  const readers = watchReaders(record, settled);
  // Uses the bottle's current processes: a runtime that is about to enter a bottle is briefly in the engine's control
  // group.
  const hasGroups = record.spec.rung.traits.limits === 'cgroup';
  const groups = (controller: string): string[] => [
    ...new Set(hasGroups ? settled.flatMap((pid) => groupOf(pid, controller) ?? []) : []),
  ];
  const [memoryGroups, pidsGroups] = [groups('memory'), groups('pids')];
  return (note) => {
    const members = membersOf(namespaces);
    note('processes', sum(members.map((pid) => numberIn(`/proc/${pid}/status`, /^Threads:\s+(\d+)/m) ?? 0)));
    note('log', (sizeOf(logPath) ?? 0) - logBefore);
    note('readerMemory', readers.growthBytes(members));
    for (const group of memoryGroups) note('memory', memoryOf(group));
    for (const group of pidsGroups) note('processBound', numberIn(`${group}/pids.max`, /^(\d+|max)/));
    for (const pid of members) {
      note('processMemory', kibIn(pid, /^VmData:\s+(\d+)/m));
      note('priority', above(pid));
      note('openFiles', numberIn(`/proc/${pid}/status`, /^FDSize:\s+(\d+)/m));
      // Skips new processes: a process that enters a bottle gets its limit a moment later.
      if (!hasGroups && settled.includes(pid)) note('processBound', ownBoundOf(pid));
      // Skips new processes: a process that enters a bottle briefly has the host's folders.
      if (!settled.includes(pid)) continue;
      for (const [place, path] of Object.entries(PLACES)) {
        note(`${place as keyof typeof PLACES}Files`, filesIn(`/proc/${pid}/root${path}`));
        for (const nonce of nonces) note(place as Measure, spaceOf(`/proc/${pid}/root${path}/${nonce}`));
      }
    }
    settled = members;
  };
}

const PLACES = { tmp: '/tmp', home: '/home/agent', shm: '/dev/shm' } as const;

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

const numberIn = (path: string, pattern: RegExp): number | undefined => {
  const found = pattern.exec(readKernelFile(path) ?? '')?.[1];
  return found === undefined
    ? undefined
    : found === 'max' || found === 'unlimited'
      ? Infinity
      : Number(found);
};

function kibIn(pid: string, pattern: RegExp): number | undefined {
  const kib = numberIn(`/proc/${pid}/status`, pattern);
  return kib === undefined ? undefined : kib * 1024;
}

const namespaceOf = (pid: string | number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
};

/** Excludes this process's own namespace, which the gateways share. */
const namespacesOf = (id: string): string[] =>
  [...new Set(findProcessesOf(id).flatMap(({ pid }) => namespaceOf(pid) ?? []))].filter(
    (namespace) => namespace !== namespaceOf('self'),
  );

/**
 * Returns nothing for a bottle without a network namespace of this kernel: a machine without one, and every machine on
 * macOS.
 */
const membersOf = (namespaces: readonly string[]): string[] =>
  namespaces.length === 0
    ? []
    : everyPid()
        .map(String)
        .filter((pid) => namespaces.includes(namespaceOf(pid) ?? ''));

/** Returns how far its nice value is below 0: field 19 of /proc/PID/stat, proc_pid_stat(5). */
function above(pid: string): number | undefined {
  const stat = readKernelFile(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : -Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

/** Returns the folder of its control group, unless that is this process's own. */
function groupOf(pid: string, controller: string): string | undefined {
  const [theirs, ours] = [controlGroupOf(pid, controller), controlGroupOf('self', controller)];
  return theirs?.path === ours?.path ? undefined : theirs?.hostPath;
}

const memoryOf = (group: string): number | undefined =>
  numberIn(`${group}/memory.current`, /^(\d+)/) ?? numberIn(`${group}/memory.usage_in_bytes`, /^(\d+)/);

const ownBoundOf = (pid: string): number | undefined =>
  numberIn(`/proc/${pid}/limits`, /^Max processes +(\d+|unlimited)/m);

const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;

function spaceOf(path: string): number | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && stats.blocks * 512;
  } catch {
    return undefined;
  }
}

/** TMPFS_MAGIC of linux/magic.h. */
const TMPFS = 0x0102_1994;

/**
 * Returns the number of files in the whole tmpfs, including folders; infinity if it does not count them. Undefined
 * elsewhere, where the number is that of the host's disk.
 */
function filesIn(path: string): number | undefined {
  try {
    const { type, files, ffree } = statfsSync(path);
    if (type !== TMPFS) return undefined;
    return files === 0 ? Infinity : files - ffree;
  } catch {
    return undefined;
  }
}
