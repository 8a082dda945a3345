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
  return Object.fromEntries([
    ...foldersToClose(plan, dialect).map((path) => [path, closedOptions(dialect)]),
    ...places.map((place) => [place.guestPath, optionsOf(place, plan, dialect)]),
  ]);
}

/** What would be writable without having been asked for. */
const foldersToClose = (
  { scratch, mounts }: ContainerPlan,
  { addsTmpfsAt }: BodyDialect,
): readonly string[] =>
  addsTmpfsAt.filter((path) => ![...scratch, ...mounts].some(({ guestPath }) => guestPath === path));

/** An empty folder that nobody writes to: runtimes put their own mounts into it before they close it. */
const closedOptions = ({ tmpfsOptions }: BodyDialect): string =>
  ['ro,nosuid,nodev,noexec', `size=${CLOSED_BYTES}`, 'mode=0755', ...withoutEmpty(tmpfsOptions)].join(',');

/** One page: zero would be without a bound. */
const CLOSED_BYTES = 4096;

const withoutEmpty = (options: string): readonly string[] => (options === '' ? [] : [options]);

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
    ...withoutEmpty(dialect.tmpfsOptions),
  ].join(',');
}
