import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, readFile, rename, rm, type FileHandle, chown } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BottleError, errnoOf, reasonOf } from '../errors.ts';
import { makeFolder } from './disk/folder.ts';
import { isRoot } from './user.ts';

export { removeTree } from './disk/remove-tree.ts';

type Remedies = Readonly<Record<string, string>>;

const ELSEWHERE = 'set XDG_STATE_HOME and XDG_CACHE_HOME to folders that can be written';
const NOT_MINE =
  'give yourself the right to write there, or set XDG_STATE_HOME and XDG_CACHE_HOME to folders of your own';
const NO_FOLDER = 'move the file away that is in the place of a folder';

/** Reasons on the user's side why a write fails, with fixes: errno(3). */
const WRITE_REMEDIES: Remedies = {
  EACCES: NOT_MINE,
  EPERM: NOT_MINE,
  EROFS: ELSEWHERE,
  ENOSPC: 'make room on this disk',
  EDQUOT: 'make room in your quota on this disk',
  ENOTDIR: NO_FOLDER,
};

/** Reasons why creating a folder fails, with fixes: the kernel allows none there, or the path leads nowhere. */
const FOLDER_REMEDIES: Remedies = {
  ...WRITE_REMEDIES,
  ENOENT: ELSEWHERE,
  ELOOP: ELSEWHERE,
  ENAMETOOLONG: ELSEWHERE,
  EEXIST: 'move the file that is in the place of a folder',
};

/** Reasons why reading one of bot-bottle's own files fails, with fixes. */
const READ_REMEDIES: Remedies = {
  EACCES: 'give yourself the right to read it',
  EISDIR: 'move the folder away that is in the place of a file',
  ENOTDIR: NO_FOLDER,
  // ELOOP: a file opened without following links, or links that form a cycle.
  ELOOP: 'move the symbolic link away that is in the place of a file',
  ENAMETOOLONG: ELSEWHERE,
};

/**
 * Runs a write to one of bot-bottle's own files.
 * @throws BottleError `dependencyMissing` if the disk or its permissions prevent it
 */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  return await explaining(`${path} cannot be written`, WRITE_REMEDIES, write);
}

async function explaining<T>(what: string, remedies: Remedies, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explained(error, what, remedies);
  }
}

/** Errors that a disk can return at any time without a fault of bot-bottle's. */
const DISK_REMEDIES: Remedies = {
  EROFS:
    'have this file system written again (mount -o remount,rw), or set XDG_STATE_HOME and XDG_CACHE_HOME to folders on another',
  ENOSPC: 'make room on this disk',
  EDQUOT: 'make room in your quota on this disk',
};

/** The error itself, or a `BottleError` with a fix if a disk is full or read-only. Pure. */
export function diskFault(error: unknown): unknown {
  // inotify_add_watch(2) reports ENOSPC too.
  if (error instanceof Error && 'syscall' in error && error.syscall === 'watch') return error;
  return explained(error, `${writtenPathOf(error)} cannot be written`, DISK_REMEDIES);
}

/** The destination path of a copy or rename; otherwise the path of the error. */
function writtenPathOf(error: unknown): string {
  if (!(error instanceof Error)) return 'a file';
  if ('dest' in error) return String(error.dest);
  return 'path' in error ? String(error.path) : 'a file';
}

function explained(error: unknown, what: string, remedies: Remedies): unknown {
  const fix = remedies[errnoOf(error) ?? ''];
  if (fix === undefined) return error;
  return new BottleError('dependencyMissing', `${what}: ${reasonOf(error)}`, { fix, cause: error });
}

/** Makes the folder and its parents, readable by the owner only. @throws as `writing` */
export async function makePrivateDir(path: string): Promise<void> {
  await explaining(`${path} cannot be written`, FOLDER_REMEDIES, async () => makeFolder(path, 0o700));
}

/**
 * Replaces a file in one step (temporary file, fsync, rename), so that neither a reader nor a crash leaves half of it.
 * @throws as `writing`
 */
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

/**
 * The text of one of bot-bottle's own files, or undefined if it does not exist.
 * @throws BottleError `dependencyMissing` if something else is in its place, or it may not be read; other failures
 *   unchanged
 */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  return await readFileOfOurs(path, async () => await textIfThere(path));
}

/** Runs another kind of read on one of bot-bottle's own files. @throws as `readTextIfThere` */
export async function readFileOfOurs<T>(path: string, act: () => Promise<T>): Promise<T> {
  return await explaining(`${path} cannot be read`, READ_REMEDIES, act);
}

/** The names in one of bot-bottle's own folders; none if it does not exist. @throws as `readTextIfThere` */
export async function namesIfThere(path: string): Promise<readonly string[]> {
  return await readFileOfOurs(path, async () => {
    try {
      return await readdir(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives these files to an owner, if this process is root; without root they already belong to that user. */
export async function giveTo(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  paths: readonly string[],
): Promise<void> {
  if (isRoot()) await Promise.all(paths.map(async (path) => await chown(path, uid, gid)));
}
