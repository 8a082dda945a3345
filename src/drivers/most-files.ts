import { readFileSync } from 'node:fs';
import { BottleError, reasonOf } from '../errors.ts';
import { assetPath } from '../host/paths.ts';
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

/** Of a tmpfs of this size. Pure. */
export const mostFilesOf = (sizeBytes: number): number =>
  Math.max(FEWEST, Math.ceil(sizeBytes / BYTES_PER_FILE));

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
    throw refusal(cause instanceof BottleError ? cause.details : [reasonOf(cause)]);
  }
}

/** Reads it back. @throws BottleError `rungUnavailable` on any difference */
export function confirmMostFiles(pid: number, mostFiles: MostFiles): void {
  const faults = mostFilesFaults(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'), mostFiles);
  if (faults.length > 0) throw refusal(faults);
}

const refusal = (details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', 'the number of files in the bottle could not be bounded', { details });

/** Which are not bounded so. `mounts`: the text of /proc/PID/mountinfo; of several mounts at a place the last is seen. Pure. */
export function mostFilesFaults(mounts: string, mostFiles: MostFiles): readonly string[] {
  const options = new Map(
    mounts.split('\n').map((line) => [line.split(' ')[4] ?? '', line.split(' - ')[1]?.split(' ')[2] ?? '']),
  );
  return Object.entries(mostFiles)
    .filter(([path, most]) => !options.get(path)?.split(',').includes(`nr_inodes=${most}`))
    .map(([path, most]) => `${path} may have other than ${most} files: ${options.get(path) ?? 'no mount'}`);
}
