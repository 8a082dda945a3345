import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BottleError, reasonOf } from '../../errors.ts';

/** A file that the user chose for a report. */
export interface Output {
  /**
   * Replaces a file in one step, completely or not at all; writes into a device, a pipe or a mounted file.
   * @throws BottleError `usage` when that fails, for example because the disk is full
   */
  readonly write: (text: string) => Promise<void>;
}

/**
 * Checks before long work that the file can be written, and leaves nothing there. Returns undefined without a path.
 * @throws BottleError `usage` when the file cannot be written
 */
export async function openOutput(path: string | undefined): Promise<Output | undefined> {
  if (path === undefined) return undefined;
  const orFail = async <T>(work: () => Promise<T>): Promise<T> =>
    await work().catch((error: unknown) => {
      throw new BottleError('usage', `${path} cannot be written: ${reasonOf(error)}`, {
        fix: 'name a file that you can write, on a disk with room',
        cause: error,
      });
    });
  const place = await orFail(async () => await placeOf(path));
  await orFail(async () => await tryOut(place));
  return {
    write: async (text) => {
      await orFail(async () => await (isStream(place) ? writeInto(place, text) : replace(place, text)));
    },
  };
}

interface Place {
  /** The target of links; the link itself if it leads nowhere, or to something that is no file. */
  readonly path: string;
  /** What is there now. */
  readonly old: Stats | undefined;
}

async function placeOf(path: string): Promise<Place> {
  const old = await stat(path).catch(() => undefined);
  return { path: old?.isFile() === true ? await realpath(path) : path, old };
}

/** Returns whether it is a device or a pipe, such as /dev/stdout, which cannot be replaced. */
const isStream = ({ old }: Place): boolean => old !== undefined && !old.isFile();

async function tryOut(place: Place): Promise<void> {
  const { path, old } = place;
  if (old?.isDirectory() === true) throw new Error('it is a folder');
  // Rejects a read-only file too, although the folder would accept a replacement.
  if (old !== undefined) await access(path, constants.W_OK);
  // Does not open a pipe: closing it would signal the end to its reader.
  if (isStream(place)) return;
  const temporary = beside(path);
  await (await open(temporary, 'wx')).close();
  await rm(temporary);
}

/** Returns a temporary path on the same disk, from which a rename works. */
const beside = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`);

async function replace({ path, old }: Place, text: string): Promise<void> {
  const temporary = beside(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      // Keeps owner and mode; only root can change the owner.
      if (old !== undefined) {
        await file.chown(old.uid, old.gid).catch(() => undefined);
        await file.chmod(old.mode & 0o777);
      }
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (old === undefined || !isHeldInPlace(error)) throw error;
    await writeInto({ path, old }, text);
  }
}

/**
 * Returns whether a rename failed because the file is a mount, or belongs to somebody else in a sticky folder such as
 * /tmp: rename(2). Such files can still be written.
 */
export const isHeldInPlace = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && error.syscall === 'rename' && 'code' in error
    ? ['EBUSY', 'EPERM', 'EACCES'].includes(String(error.code))
    : false;

async function writeInto({ path, old }: Place, text: string): Promise<void> {
  // The path was resolved before: a link there now was placed by somebody else.
  const flags = old?.isFile() === true ? constants.O_TRUNC | constants.O_NOFOLLOW : 0;
  const file = await open(path, constants.O_WRONLY | flags);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
