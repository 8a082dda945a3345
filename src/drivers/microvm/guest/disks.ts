import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BottleError, reasonOf } from '../../../errors.ts';
import { runOrThrow } from '../../../host/run.ts';
import { shellLine } from '../../../host/shell-words.ts';

/** Disks of one bottle's machine for all its written data. */

const FORMAT_MS = 20_000;

/**
 * Makes an empty disk with room for `bytes`, as a sparse file that takes space only as it is written. `diskBytes`: the
 * disk's size, where that is larger.
 * @throws BottleError `dependencyMissing`
 */
export async function makeScratch(path: string, bytes: number, diskBytes = bytes): Promise<void> {
  await using file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw new BottleError('dependencyMissing', `no disk can be made at ${path}`, {
      details: [reasonOf(cause)],
      fix: `see that this disk can be written, and is not full: df -h ${shellLine([dirname(path)])}`,
      cause,
    });
  });
  await file.truncate(diskBytes);
  await runOrThrow('mke2fs', formatArguments(path, `${Math.floor(bytes / 1024)}k`), {
    timeoutMs: FORMAT_MS,
  });
}

/**
 * Returns mke2fs(8)'s arguments. No journal, because no one mounts the disk after a crash. mke2fs writes no data ahead
 * of its use. Pure.
 */
export const formatArguments = (path: string, size: string): readonly string[] =>
  [
    ['-q', '-t', 'ext4', '-O', '^has_journal', '-m', '0'],
    ['-E', 'lazy_itable_init=1,nodiscard', path, size],
  ].flat();
