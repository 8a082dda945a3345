import type { ControlGroup } from '../../../host/process/control-groups.ts';
import { readKernelFile } from '../../../host/system/kernel-file.ts';
import type { Limits } from '../body/hardening.ts';

/** Compares the limits of a container's control groups with the planned ones: engines drop limits silently. */

interface Bound {
  readonly what: string;
  readonly controller: string;
  readonly v1: BoundFiles;
  readonly v2: BoundFiles;
}

interface BoundFiles {
  /** The files that contain an amount and, for a share of time, its period. */
  readonly names: readonly string[];
  readonly most: (limits: Limits) => number;
}

const memory = ({ memoryBytes }: Limits): number => memoryBytes;
const pids = ({ pids: most }: Limits): number => most;
const cpus = ({ cpus: most }: Limits): number => most;

const BOUNDS: readonly Bound[] = [
  {
    what: 'memory',
    controller: 'memory',
    v1: { names: ['memory.limit_in_bytes'], most: memory },
    v2: { names: ['memory.max'], most: memory },
  },
  {
    what: 'swap',
    controller: 'memory',
    v1: { names: ['memory.memsw.limit_in_bytes'], most: memory }, // this file counts memory and swap together
    v2: { names: ['memory.swap.max'], most: () => 0 },
  },
  {
    what: 'pids',
    controller: 'pids',
    v1: { names: ['pids.max'], most: pids },
    v2: { names: ['pids.max'], most: pids },
  },
  {
    what: 'cpus',
    controller: 'cpu',
    v1: { names: ['cpu.cfs_quota_us', 'cpu.cfs_period_us'], most: cpus },
    v2: { names: ['cpu.max'], most: cpus },
  },
];

/** One limit, as the kernel's files show it. */
export interface GroupReading {
  readonly what: string;
  /** The names of the files that contain it. */
  readonly source: string;
  /** Infinity if there is no limit, undefined if it cannot be read. */
  readonly found: number | undefined;
  readonly most: number;
}

/** Reads the limits; `groupOf` finds the group of each controller. */
export const readGroupBounds = (
  limits: Limits,
  groupOf: (controller: string) => ControlGroup | undefined,
): readonly GroupReading[] =>
  BOUNDS.map(({ what, controller, v1, v2 }) => {
    const group = groupOf(controller);
    const { names, most } = group?.isUnified === true ? v2 : v1;
    const values = foldersOf(group).flatMap((folder) => valueIn(folder, names));
    const found = values.length === 0 ? undefined : Math.min(...values);
    return { what, source: names.join(', '), found, most: most(limits) };
  });

/**
 * Adds a swap reading of 0, for a host without swap: its kernel need not count swap, and the limit holds anyway. Pure.
 */
export const withoutSwap = (readings: readonly GroupReading[]): readonly GroupReading[] =>
  readings.map((reading) =>
    reading.what === 'swap' && reading.found === undefined
      ? { ...reading, source: '/proc/swaps', found: 0 }
      : reading,
  );

/** In version 2, also the parent groups: a runtime may set its limits there, and put the processes in a group below. */
function foldersOf(group: ControlGroup | undefined): readonly string[] {
  if (group === undefined) return [];
  const { hostPath, path, isUnified } = group;
  if (!isUnified) return [hostPath];
  const root = hostPath.slice(0, hostPath.length - path.length);
  const parts = path.split('/').filter(Boolean);
  return parts.map((_, index) => [root, ...parts.slice(0, index + 1)].join('/'));
}

/** Empty if a file is missing. */
function valueIn(folder: string, names: readonly string[]): readonly number[] {
  const texts = names.map((name) => readKernelFile(`${folder}/${name}`));
  if (texts.includes(undefined)) return [];
  const [amount = NaN, whole = 1] = texts.join(' ').trim().split(/\s+/).map(amountOf);
  return [amount / whole];
}

/** `max` and -1 mean no limit. NaN: not a number, which confirms nothing. */
function amountOf(word: string): number {
  if (word === 'max' || word === '-1') return Infinity;
  return /^\d+$/.test(word) ? Number(word) : NaN;
}

/** The resolution of a CPU quota: whole microseconds, in a period of 100,000. */
const QUOTA_STEP = 1e-5;

/** The limits that are higher than planned or cannot be read, one line each. Pure. */
export function groupFaults(readings: readonly GroupReading[]): readonly string[] {
  return readings
    .filter(({ found = NaN, most }) => !(found <= most + QUOTA_STEP))
    .map(({ what, source, found, most }) =>
      found === undefined
        ? `${what}: ${source} cannot be read, so nothing confirms the limit`
        : `${what}: at most ${most} was asked for, the kernel has ${found === Infinity ? 'no limit' : found} (${source})`,
    );
}
