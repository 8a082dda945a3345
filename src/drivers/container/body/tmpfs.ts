import { mostFilesOf } from '../../most-files.ts';
import type { FolderSizes } from '../../own-folders.ts';
import type { BodyDialect, ContainerPlan, Scratch } from './hardening.ts';

/**
 * The writable folders of a container: each is a tmpfs with a bounded size; in a bottle, its number of files is bounded
 * too. Pure.
 */

/** The engine's own /dev/shm. A container with bounded files gets its own mount there instead. */
export const SHM: Scratch = {
  guestPath: '/dev/shm',
  sizeBytes: 64 * 1024 * 1024,
  executable: false,
  private: false,
};

/** The value of `HostConfig.Tmpfs`. */
export function tmpfsOf(plan: ContainerPlan, dialect: BodyDialect): Record<string, string> {
  // An engine's own /dev/shm may belong to another user namespace; then nobody can bound it later.
  const places = plan.boundsFiles === true ? [...plan.scratch, SHM] : plan.scratch;
  return Object.fromEntries([
    ...foldersToClose(plan, dialect).map((path) => [path, closedOptions(dialect)]),
    ...places.map((place) => [place.guestPath, optionsOf(place, plan, dialect)]),
  ]);
}

/** Folders that would be writable without a request. */
const foldersToClose = (
  { scratch, mounts }: ContainerPlan,
  { addsTmpfsAt }: BodyDialect,
): readonly string[] =>
  addsTmpfsAt.filter((path) => ![...scratch, ...mounts].some(({ guestPath }) => guestPath === path));

/** Options of an empty read-only folder: runtimes add their own mounts before they make it read-only. */
const closedOptions = ({ tmpfsOptions }: BodyDialect): string =>
  ['ro,nosuid,nodev,noexec', `size=${CLOSED_BYTES}`, 'mode=0755', ...withoutEmpty(tmpfsOptions)].join(',');

/** One page: zero would mean no limit. */
const CLOSED_BYTES = 4096;

const withoutEmpty = (options: string): readonly string[] => (options === '' ? [] : [options]);

/**
 * The largest number of bytes in each folder; empty if another kernel than the host's enforces it, or if the number of
 * files is unbounded.
 */
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
