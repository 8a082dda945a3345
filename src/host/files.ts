import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BottleError, reasonOf } from '../errors.ts';
import { run } from './run.ts';

/** What stops a write on the user's side, and what to do about it: errno(3). */
const WRITE_REMEDIES: Readonly<Record<string, string>> = {
  EACCES:
    'give yourself the right to write there, or set XDG_STATE_HOME and XDG_CACHE_HOME to folders of your own',
  EPERM:
    'give yourself the right to write there, or set XDG_STATE_HOME and XDG_CACHE_HOME to folders of your own',
  EROFS: 'set XDG_STATE_HOME and XDG_CACHE_HOME to folders that can be written',
  ENOSPC: 'make room on this disk',
  EDQUOT: 'make room in your quota on this disk',
  ENOTDIR: 'move the file away that is in the place of a folder',
};

/**
 * Runs a write to a file of ours.
 * @throws BottleError `dependencyMissing` when the disk or its permissions are in the way
 */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const fix = error instanceof Error && 'code' in error ? WRITE_REMEDIES[String(error.code)] : undefined;
    if (fix === undefined) throw error;
    throw new BottleError('dependencyMissing', `${path} cannot be written: ${reasonOf(error)}`, {
      fix,
      cause: error,
    });
  }
}

/** Makes the folder and its parents, readable by the owner only. @throws as `writing` */
export async function makePrivateDir(path: string): Promise<void> {
  await writing(path, async () => await mkdir(path, { recursive: true, mode: 0o700 }));
}

/** Replaces a file in one step (temporary file, fsync, rename), so that a reader or a crash never sees half of it. @throws as `writing` */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  await makePrivateDir(dirname(path));
  await writing(path, async () => await replace(path, content, mode));
}

async function replace(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await fill(file, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first failure says more
    throw error;
  }
}

async function fill(file: FileHandle, content: string | Uint8Array): Promise<void> {
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The file's text, or undefined where there is no such file. Other failures are thrown. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Removes a file or a folder with all that is in it; not being there is fine. An agent can make folders that Node does not
 * remove: deeper than PATH_MAX, closed to their owner, with names that are not UTF-8. The system's own tools do.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    return;
  } catch (error) {
    const isFolder = await lstat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isFolder) throw error;
    const options = { timeoutMs: REMOVAL_TIMEOUT_MS };
    // Neither follows a link in the tree: chmod(1), rm(1).
    await run('chmod', ['-R', '--', 'u+rwX', path], options);
    if ((await run('rm', ['-rf', '--', path], options)).exitCode !== 0) throw error;
  }
}

/** A large tree on a slow disk. */
const REMOVAL_TIMEOUT_MS = 300_000;
