import { realpath, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { runOrThrow } from '../../../host/run.ts';
import { GUEST, type Mount } from '../../driver.ts';
import { makeErofs } from '../guest/erofs.ts';
import { fewSizes } from './room.ts';

/**
 * Files go into a machine as one read-only disk, made before it starts: each mounted file or folder under its number. What may
 * be written to is copied in the machine to a disk of its own, so nothing is ever shared.
 */

const PACK_MS = 600_000;
/** The disk's size is a multiple of it: what is behind its files takes no room. */
const FILES_BYTES = 256 * 1024 ** 2;

/** What the writable ones take. */
export interface PackedFiles {
  readonly writableBytes: number;
}

/**
 * Makes the disk at this path. @throws BottleError `dependencyMissing` where it cannot be made, which says why;
 * the signal's reason
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
 * tar(1)'s arguments. Pure. All belongs to the agent, who is somebody else on the host. Its own name is taken as it is, and is
 * replaced by its number: in paths and in what a hard link leads to, not in the targets of symbolic links (tar's flags r and h).
 */
export const appendArguments = (tarPath: string, hostPath: string, number: number): readonly string[] =>
  [
    ['--append', '--file', tarPath, '--format=gnu', '--warning=no-file-ignored', '--no-unquote'],
    [`--owner=${GUEST.user}:${GUEST.uid}`, `--group=${GUEST.user}:${GUEST.gid}`],
    ['--transform', `flags=rh;s,^[^/]*,${number},`],
    ['--directory', dirname(hostPath), '--', basename(hostPath)],
  ].flat();
