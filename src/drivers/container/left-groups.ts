import { existsSync, readdirSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMountTable } from '../../host/disk/mount-table.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';

/**
 * The control groups of containers that are gone. Who is killed while it makes a container has made its groups already, and nobody
 * removes them: gVisor's `runsc create`, when the caller of a start goes. An empty group holds nothing, and is a trace all the same.
 */

/**
 * As the engines' own driver calls them (cgroupfs). Those that systemd has made it removes itself, but for gVisor's on cgroup v1, which lie
 * elsewhere and are not looked for.
 */
const namesOf = (containerId: string): readonly string[] => [containerId, `libpod-${containerId}`];

/**
 * Their folders on this host, those inside before those around them. Each is in a group that the engine has for all of its containers,
 * such as `/docker`.
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

/** Where the hierarchies of both versions are mounted: cgroups(7). */
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
    return []; // gone meanwhile
  }
}

const withInner = (group: string): readonly string[] => [...groupsIn(group).flatMap(withInner), group];

/** Removes them, as far as this user may and nothing is in them. */
export async function removeLeftGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups) await rmdir(group).catch(() => undefined);
}
