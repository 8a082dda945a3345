import { existsSync, readdirSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMountTable } from '../../host/disk/mount-table.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';

/**
 * Finds and removes the control groups of containers that are gone. A process that is killed while it makes a container
 * may have made its groups already, and no program removes them: for example gVisor's `runsc create`, when its caller
 * dies. An empty group holds nothing, but is still a trace.
 */

/**
 * The names of groups by the engines' own driver (cgroupfs). systemd removes the groups that it made, except gVisor's
 * on cgroup v1; those are elsewhere, and this code does not look for them.
 */
const namesOf = (containerId: string): readonly string[] => [containerId, `libpod-${containerId}`];

/**
 * The folders of left groups on this host, children before parents. Each is in the group that an engine uses for all of
 * its containers, such as `/docker`.
 */
export function findLeftGroups(containerIds: readonly string[]): readonly string[] {
  if (containerIds.length === 0) return [];
  const names = containerIds.flatMap(namesOf);
  return hierarchies()
    .flatMap(groupsIn)
    .flatMap((parent) => names.map((name) => join(parent, name)))
    .filter((path) => existsSync(path))
    .flatMap(withInner);
}

/** The mount points of the hierarchies of both versions: cgroups(7). */
const hierarchies = (): readonly string[] =>
  parseMountTable(readKernelFile('/proc/self/mountinfo') ?? '')
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .map(({ path }) => path);

function groupsIn(group: string): readonly string[] {
  try {
    return readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(group, name));
  } catch {
    return []; // it is gone
  }
}

const withInner = (group: string): readonly string[] => [...groupsIn(group).flatMap(withInner), group];

/** Removes these groups, except those that are not empty or that this user may not remove. */
export async function removeLeftGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups) await rmdir(group).catch(() => undefined);
}
