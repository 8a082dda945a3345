import type { ControlGroup } from '../../host/process/control-groups.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import type { Limits } from './hardening.ts';

/** What the kernel holds a container to by its control groups, against what was asked for: engines drop limits without a word. */

interface Bound {
  readonly what: string;
  readonly controller: string;
  readonly v1: BoundFiles;
  readonly v2: BoundFiles;
}

interface BoundFiles {
  /** An amount, and, where it is a share of time, what it is of. */
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
    v1: { names: ['memory.memsw.limit_in_bytes'], most: memory }, // memory is counted with it
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

/** What was read of a bound. */
export interface GroupReading {
  readonly what: string;
  /** The files that say so. */
  readonly source: string;
  /** Infinity where nothing bounds it, undefined where it cannot be read. */
  readonly found: number | undefined;
  readonly most: number;
}

/** Reads them; `groupOf` finds the group of each controller. */
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

/** A kernel need not count swap: where the host has none, its bound holds all the same. Pure. */
export const withoutSwap = (readings: readonly GroupReading[]): readonly GroupReading[] =>
  readings.map((reading) =>
    reading.what === 'swap' && reading.found === undefined
      ? { ...reading, source: '/proc/swaps', found: 0 }
      : reading,
  );

/** Of version 2 those above it too: a runtime may have its limits there, and the processes in a group below. */
function foldersOf(group: ControlGroup | undefined): readonly string[] {
  if (group === undefined) return [];
  const { hostPath, path, isUnified } = group;
  if (!isUnified) return [hostPath];
  const root = hostPath.slice(0, hostPath.length - path.length);
  const parts = path.split('/').filter(Boolean);
  return parts.map((_, index) => [root, ...parts.slice(0, index + 1)].join('/'));
}

/** None where a file is missing. */
function valueIn(folder: string, names: readonly string[]): readonly number[] {
  const texts = names.map((name) => readKernelFile(`${folder}/${name}`));
  if (texts.includes(undefined)) return [];
  const [amount = NaN, whole = 1] = texts.join(' ').trim().split(/\s+/).map(amountOf);
  return [amount / whole];
}

/** `max` and -1 are no bound; NaN: no number at all, which confirms nothing. */
function amountOf(word: string): number {
  if (word === 'max' || word === '-1') return Infinity;
  return /^\d+$/.test(word) ? Number(word) : NaN;
}

/** Of a CPU: a quota has whole microseconds, in a period of 100,000. */
const QUOTA_STEP = 1e-5;

/** What is more than was asked for, or cannot be read, a line for each. Pure. */
export function groupFaults(readings: readonly GroupReading[]): readonly string[] {
  return readings
    .filter(({ found = NaN, most }) => !(found <= most + QUOTA_STEP))
    .map(({ what, source, found, most }) =>
      found === undefined
        ? `${what}: ${source} cannot be read, so nothing confirms the limit`
        : `${what}: at most ${most} was asked for, the kernel has ${found === Infinity ? 'no limit' : found} (${source})`,
    );
}
