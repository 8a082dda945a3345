import { mostFilesOf } from '../most-files.ts';
import type { FolderSizes } from '../own-folders.ts';
import type { BodyDialect, ContainerPlan, Scratch } from './hardening.ts';

/** The writable places of a container: each a tmpfs, with a bound to its size and, in a bottle's own, to its files. Pure. */

/** The engine's own, but where it is to be bounded as the others are. */
export const SHM: Scratch = {
  guestPath: '/dev/shm',
  sizeBytes: 64 * 1024 * 1024,
  executable: false,
  private: false,
};

/** The value of `HostConfig.Tmpfs`. */
export function tmpfsOf(plan: ContainerPlan, dialect: BodyDialect): Record<string, string> {
  // An engine's own /dev/shm may be another user namespace's, where nobody can bound it afterwards.
  const places = plan.boundsFiles === true ? [...plan.scratch, SHM] : plan.scratch;
  return Object.fromEntries(places.map((place) => [place.guestPath, optionsOf(place, plan, dialect)]));
}

/** How many bytes each place may hold; empty where the kernel that holds them is not the host's, or nothing bounds its files. */
export const folderSizesIn = ({ scratch, boundsFiles }: ContainerPlan): FolderSizes =>
  boundsFiles === true
    ? Object.fromEntries([...scratch, SHM].map(({ guestPath, sizeBytes }) => [guestPath, sizeBytes]))
    : {};

const boundsAtOnce = ({ boundsFiles }: ContainerPlan, { tmpfsBoundsFiles }: BodyDialect): boolean =>
  boundsFiles === true && tmpfsBoundsFiles;

function optionsOf(place: Scratch, plan: ContainerPlan, dialect: BodyDialect): string {
  return [
    'rw,nosuid,nodev',
    place.executable ? 'exec' : 'noexec',
    `size=${place.sizeBytes}`,
    ...(boundsAtOnce(plan, dialect) ? [`nr_inodes=${mostFilesOf(place.sizeBytes)}`] : []),
    ...(place.private ? ['mode=0700', dialect.tmpfsOwnerOptions(plan.owner)] : ['mode=1777']),
    ...(dialect.tmpfsOptions === '' ? [] : [dialect.tmpfsOptions]),
  ].join(',');
}
