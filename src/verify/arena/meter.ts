import { readlinkSync, statfsSync, statSync } from 'node:fs';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { bottlePaths } from '../../bottle/state/store.ts';
import { mostFilesOf } from '../../drivers/most-files.ts';
import { controlGroupOf } from '../../host/process/control-groups.ts';
import { mostOpenFiles } from '../../host/process/open-files.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { everyPid, findProcessesOf } from '../../host/processes.ts';
import type { Measure } from '../probes/probe.ts';
import { watchReaders } from './readers.ts';

/**
 * What a bottle has of the host, read outside of it while it tries to have more: the most of each measure that was ever
 * seen. Its processes are those that are in its network: so are a sandbox that shows none of what runs in it, and its threads.
 */
export interface Meter extends Disposable {
  /** Undefined: never seen. */
  most(measure: Measure): number | undefined;
  /** What it may have. */
  bound(measure: Measure): number;
  /** What was seen of it elsewhere. */
  note(measure: Measure, value: number): void;
}

const EVERY_MS = 100;
/** Of what makes and holds the bottle, in its network too: they are in no count of its own. */
const AROUND = 24;
const SHM_BYTES = 64 * 1024 * 1024;
/** Of the log, by all requests of one probe and user together: 61, of some hundred bytes each. */
const LOG_BYTES = 256 * 1024;
/** Of what may be open the kernel shows how many places it has for it: as many as this, by steps of a power of two. */
const placesFor = (openFiles: number): number => 2 ** Math.ceil(Math.log2(openFiles));
/**
 * What the kernel gives beyond a control group's bound for a moment, to who is about to end or must have it: mm/memcontrol.c, "force";
 * Documentation/admin-guide/cgroup-v2.rst, memory.max: "the usage may go over the limit temporarily".
 */
const FORCED_BYTES = 1024 * 1024;
/** What Node takes and leaves behind while it hands on what is printed. */
const READER_BYTES = 128 * 1024 * 1024;

/** Begins to read. `nonces` are the names of files that are written. */
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
  // Those that the bottle has now: a runtime that is about to put a program into one is in the engine's for a moment.
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
      // What enters a bottle is bounded a moment later.
      if (!hasGroups && settled.includes(pid)) note('processBound', ownBoundOf(pid));
      // What is about to be put into a bottle has the host's folders for a moment.
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

/** All but this one's own, which gateways are in. */
const namespacesOf = (id: string): string[] =>
  [...new Set(findProcessesOf(id).flatMap(({ pid }) => namespaceOf(pid) ?? []))].filter(
    (namespace) => namespace !== namespaceOf('self'),
  );

/** None where a bottle has no network of the host's kernel: a machine without one, and every machine on macOS. */
const membersOf = (namespaces: readonly string[]): string[] =>
  namespaces.length === 0
    ? []
    : everyPid()
        .map(String)
        .filter((pid) => namespaces.includes(namespaceOf(pid) ?? ''));

/** How much better than usual its place is: field 19 of /proc/PID/stat, proc_pid_stat(5). */
function above(pid: string): number | undefined {
  const stat = readKernelFile(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : -Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

/** The folder of its control group, where that is not this one's own. */
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

/** linux/magic.h: TMPFS_MAGIC. */
const TMPFS = 0x0102_1994;

/** How many there are in the whole tmpfs, folders among them; of one that counts none, any number. Elsewhere they are the host's disk's. */
function filesIn(path: string): number | undefined {
  try {
    const { type, files, ffree } = statfsSync(path);
    if (type !== TMPFS) return undefined;
    return files === 0 ? Infinity : files - ffree;
  } catch {
    return undefined;
  }
}
