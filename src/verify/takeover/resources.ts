import type { Resources, Traits } from '../../drivers/driver.ts';
import type { ResolvedResources } from '../../manifest/resolve.ts';
import type { BottleInput } from '../../manifest/schema/schema.ts';

/** The resources of an attacked bottle: the user's, but enough for Node and some of its children. */

const MIB = 1024 ** 2;

type Limits = Traits['limits'];

/** Without a control group, Node reserves half a GiB; a machine also needs memory for its kernel. */
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

/** Returns whether some rung needs more than this for an attack. */
export const isTooSmall = (resources: ResolvedResources, key: keyof ResolvedResources): boolean =>
  resources[key] < least('rlimit')[key];

const each = (choose: (key: keyof ResolvedResources) => number): ResolvedResources => ({
  cpus: choose('cpus'),
  memoryBytes: choose('memoryBytes'),
  pids: choose('pids'),
  diskBytes: choose('diskBytes'),
});

/** Returns the user's resources, raised if they are too small. Pure. */
export const enough = (resources: ResolvedResources, limits: Limits): ResolvedResources =>
  each((key) => Math.max(resources[key], least(limits)[key]));

/** Returns small resources, so that exceeding them takes little; the user's if they are smaller. Pure. */
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

/** Formats resources as in a manifest. */
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
