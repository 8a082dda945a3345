import { realpath, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { runOrThrow } from '../../../host/run.ts';
import { GUEST, type Mount } from '../../driver.ts';
import { makeErofs } from '../guest/erofs.ts';
import { fewSizes } from './layout.ts';

/**
 * Packs the files of a bottle into one read-only disk before the machine starts: each mounted file or folder under its
 * number. The machine copies writable ones to a separate disk, so host and machine share no file.
 */

const PACK_MS = 600_000;
/** The disk's size is a multiple of this. The padding behind its files takes no space on the host. */
const FILES_BYTES = 256 * 1024 ** 2;

/** Bytes that the writable mounts take in the tar. */
export interface PackedFiles {
  readonly writableBytes: number;
}

/**
 * Makes the disk at this path.
 * @throws BottleError `dependencyMissing` where that fails, with the reason; the signal's reason
 */
export async function packFiles(
  mounts: readonly Mount[],
  diskPath: string,
  signal: AbortSignal,
): Promise<PackedFiles> {
  const tarPath = `${diskPath}.tar`;
  await runOrThrow('tar', ['--create', '--file', tarPath, '--files-from', '/dev/null']);
  let writableBytes = 0;
  for (const [number, { hostPath, readOnly }] of mounts.entries()) {
    const before = (await stat(tarPath)).size;
    await runOrThrow('tar', appendArguments(tarPath, await realpath(hostPath), number), {
      timeoutMs: PACK_MS,
      signal,
    });
    if (!readOnly) writableBytes += (await stat(tarPath)).size - before;
  }
  const disk = { tarPath, path: diskPath, of: 'the files that the bottle is given' };
  await makeErofs(disk, { timeoutMs: PACK_MS, signal });
  await rm(tarPath);
  await truncate(diskPath, fewSizes((await stat(diskPath)).size, FILES_BYTES));
  return { writableBytes };
}

/**
 * Returns tar(1)'s arguments. Pure. All files get the agent as owner, who has another user ID on the host. The tar
 * takes the mounted file's name literally and replaces it with the mount's number: in paths and targets of hard links,
 * not in targets of symbolic links (tar's flags r and h).
 */
export const appendArguments = (tarPath: string, hostPath: string, number: number): readonly string[] =>
  [
    ['--append', '--file', tarPath, '--format=gnu', '--warning=no-file-ignored', '--no-unquote'],
    [`--owner=${GUEST.user}:${GUEST.uid}`, `--group=${GUEST.user}:${GUEST.gid}`],
    ['--transform', `flags=rh;s,^[^/]*,${number},`],
    ['--directory', dirname(hostPath), '--', basename(hostPath)],
  ].flat();
