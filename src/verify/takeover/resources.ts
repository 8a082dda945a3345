import type { Resources, Traits } from '../../drivers/driver.ts';
import type { ResolvedResources } from '../../manifest/resolve.ts';
import type { BottleInput } from '../../manifest/schema/schema.ts';

/** How much a bottle under attack has: what its user says, but enough for Node and some of its children. */

const MIB = 1024 ** 2;

type Limits = Traits['limits'];

/** A Node that has no control group around it reserves half a GiB; a machine has its kernel too. */
const LEAST_MEMORY: Readonly<Record<Limits, number>> = {
  cgroup: 384 * MIB,
  machine: 512 * MIB,
  rlimit: 1024 * MIB,
};
const least = (limits: Limits): Resources => ({
  cpus: 1,
  memoryBytes: LEAST_MEMORY[limits],
  pids: 128,
  diskBytes: 16 * MIB,
});

/** Whether there is a rung on which this is too little to attack with. */
export const isTooSmall = (resources: ResolvedResources, key: keyof ResolvedResources): boolean =>
  resources[key] < least('rlimit')[key];

const each = (choose: (key: keyof ResolvedResources) => number): ResolvedResources => ({
  cpus: choose('cpus'),
  memoryBytes: choose('memoryBytes'),
  pids: choose('pids'),
  diskBytes: choose('diskBytes'),
});

/** The user's own, raised where they are too small. Pure. */
export const enough = (resources: ResolvedResources, limits: Limits): ResolvedResources =>
  each((key) => Math.max(resources[key], least(limits)[key]));

/** Small, so that little has to be taken to have too much; where a user says less, that. Pure. */
export function small(
  { limits, minPids }: Pick<Traits, 'limits' | 'minPids'>,
  resources?: ResolvedResources,
): ResolvedResources {
  const own = {
    cpus: 2,
    memoryBytes: LEAST_MEMORY[limits],
    pids: Math.max(256, minPids),
    diskBytes: 32 * MIB,
  };
  return resources === undefined ? own : each((key) => Math.min(own[key], enough(resources, limits)[key]));
}

/** As a manifest has them. */
export const asWritten = ({
  cpus,
  memoryBytes,
  pids,
  diskBytes,
}: ResolvedResources): NonNullable<BottleInput['resources']> => ({
  cpus,
  memory: memoryBytes,
  pids,
  disk: diskBytes,
});
