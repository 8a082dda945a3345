import { readFileSync, readlinkSync } from 'node:fs';
import { totalmem } from 'node:os';
import { posix } from 'node:path';
import { BottleError, linesOf } from '../errors.ts';
import { assetPath } from '../host/paths.ts';
import { parseMountTable } from '../host/disk/mount-table.ts';
import { runOrThrow } from '../host/run.ts';

/**
 * How many files a bottle may have in its own folders. An empty one takes nothing of a tmpfs's size, but a KiB of the kernel's
 * memory; by itself a tmpfs takes as many as half of the machine's pages, tmpfs(5).
 */

/** By path in the bottle. */
export type MostFiles = Readonly<Record<string, number>>;

/** As ext4 has it where nobody asks for another (inode_ratio, mke2fs.conf(5)); and no fewer than a small bottle needs. */
const BYTES_PER_FILE = 16 * 1024;
const FEWEST = 4096;
/** At a KiB each, a sixteenth of the machine's memory. */
const MEMORY_PER_FILE = 16 * 1024;

/** Of a tmpfs of this size, on a machine with this much memory. */
export const mostFilesOf = (sizeBytes: number, machineBytes: number = totalmem()): number =>
  Math.max(
    FEWEST,
    Math.min(Math.ceil(sizeBytes / BYTES_PER_FILE), Math.floor(machineBytes / MEMORY_PER_FILE)),
  );

/** Of places by their sizes in bytes. */
export const mostFilesIn = (sizes: Readonly<Record<string, number>>): MostFiles =>
  Object.fromEntries(Object.entries(sizes).map(([path, sizeBytes]) => [path, mostFilesOf(sizeBytes)]));

/**
 * Bounds those of a bottle in which nothing of the agent's runs yet: for who cannot say so when they are mounted. `pid`: of its
 * first process, as this host counts. What came of it is to be read back.
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

/** Reads it back. @throws BottleError `rungUnavailable` on any difference */
export function confirmMostFiles(pid: number, mostFiles: MostFiles): void {
  const root = `/proc/${pid}/root`;
  const real = Object.entries(mostFiles).map(([path, most]) => [resolveIn(root, path), most] as const);
  const faults = mostFilesFaults(mountsOf(pid), Object.fromEntries(real));
  if (faults.length > 0) throw refusal(faults);
}

/** Of one that has ended meanwhile: none. */
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
 * Where a path leads in a root that is another's, by links read one by one: what an image names may be a link, and none of them
 * may lead to this host. What cannot be read is taken as it stands.
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

/** Which are not bounded so. `mounts`: the text of /proc/PID/mountinfo; of several mounts at a place the last is seen. Pure. */
export function mostFilesFaults(mounts: string, mostFiles: MostFiles): readonly string[] {
  const options = new Map(parseMountTable(mounts).map(({ path, superOptions }) => [path, superOptions]));
  return Object.entries(mostFiles)
    .filter(([path, most]) => !options.get(path)?.includes(`nr_inodes=${most}`))
    .map(
      ([path, most]) =>
        `${path} may have other than ${most} files: ${options.get(path)?.join(',') ?? 'no mount'}`,
    );
}
