import { readFileSync, readlinkSync } from 'node:fs';
import { totalmem } from 'node:os';
import { posix } from 'node:path';
import { BottleError, linesOf } from '../errors.ts';
import { assetPath } from '../host/paths.ts';
import { parseMountTable } from '../host/disk/mount-table.ts';
import { runOrThrow } from '../host/run.ts';

/**
 * How many files a bottle may have in its own folders. An empty file takes nothing of a tmpfs's size, but one KiB of
 * the kernel's memory. By default a tmpfs allows as many files as half of the machine's pages, tmpfs(5).
 */

/** The largest number of files, by path in the bottle. */
export type MostFiles = Readonly<Record<string, number>>;

/** The default of ext4 (inode_ratio, mke2fs.conf(5)); but at least as many files as a small bottle needs. */
const BYTES_PER_FILE = 16 * 1024;
const FEWEST = 4096;
/** At one KiB per file, a sixteenth of the machine's memory. */
const MEMORY_PER_FILE = 16 * 1024;

/** The largest number of files in a tmpfs of this size, on a machine with this much memory. */
export const mostFilesOf = (sizeBytes: number, machineBytes: number = totalmem()): number =>
  Math.max(
    FEWEST,
    Math.min(Math.ceil(sizeBytes / BYTES_PER_FILE), Math.floor(machineBytes / MEMORY_PER_FILE)),
  );

/** The largest numbers of files, by path, from the sizes in bytes. */
export const mostFilesIn = (sizes: Readonly<Record<string, number>>): MostFiles =>
  Object.fromEntries(Object.entries(sizes).map(([path, sizeBytes]) => [path, mostFilesOf(sizeBytes)]));

/**
 * Bounds the number of files in a bottle that runs no code of the agent yet, for engines that cannot set it when they
 * mount. `pid`: the host's pid of the bottle's first process. The caller must read the result back.
 * @throws BottleError `rungUnavailable`
 */
export async function boundFiles(pid: number, mostFiles: MostFiles): Promise<void> {
  const places = Object.entries(mostFiles).map(([guestPath, most]) => `${guestPath}=${most}`);
  try {
    await runOrThrow('perl', [assetPath('handover/files.pl'), String(pid), ...places]);
  } catch (cause) {
    throw refusal(linesOf(cause));
  }
}

/** Reads the bounds back. @throws BottleError `rungUnavailable` on any difference */
export function confirmMostFiles(pid: number, mostFiles: MostFiles): void {
  const root = `/proc/${pid}/root`;
  const real = Object.entries(mostFiles).map(([path, most]) => [resolveIn(root, path), most] as const);
  const faults = mostFilesFaults(mountsOf(pid), Object.fromEntries(real));
  if (faults.length > 0) throw refusal(faults);
}

/** Empty if the process has ended. */
function mountsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return '';
  }
}

const refusal = (details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', 'the number of files in the bottle could not be bounded', {
    details,
    fix: 'bot-bottle doctor shows what else this host can run it on',
  });

const MOST_LINKS = 40;

/**
 * Resolves a path in another root, one symbolic link at a time: an image's path may be a link, and no link may lead to
 * this host. Keeps a part of the path unchanged if it cannot be read.
 */
export function resolveIn(root: string, path: string): string {
  let [done, left, links] = ['/', posix.normalize(path).split('/'), 0];
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    const next = posix.join(done, part);
    const target = links < MOST_LINKS ? linkAt(root + next) : undefined;
    if (target === undefined) {
      done = next;
      continue;
    }
    links += 1;
    left = [...target.split('/'), ...left];
    if (target.startsWith('/')) done = '/';
  }
  return done;
}

function linkAt(hostPath: string): string | undefined {
  try {
    return readlinkSync(hostPath);
  } catch {
    return undefined;
  }
}

/**
 * The folders without this bound, one line each. `mounts`: the text of /proc/PID/mountinfo; if a path has several
 * mounts, the last one is visible. Pure.
 */
export function mostFilesFaults(mounts: string, mostFiles: MostFiles): readonly string[] {
  const options = new Map(parseMountTable(mounts).map(({ path, superOptions }) => [path, superOptions]));
  return Object.entries(mostFiles)
    .filter(([path, most]) => !options.get(path)?.includes(`nr_inodes=${most}`))
    .map(
      ([path, most]) =>
        `${path} may have other than ${most} files: ${options.get(path)?.join(',') ?? 'no mount'}`,
    );
}
