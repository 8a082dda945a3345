import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BottleError, reasonOf } from '../../errors.ts';

/** A file of the user's choice that a report goes to. */
export interface Output {
  /** All of it in one step, in the place of what was there, or nothing; into what nothing may take the place of. @throws BottleError `usage` when the disk is full, and such */
  readonly write: (text: string) => Promise<void>;
}

/**
 * Finds out that it can be written, before long work, and leaves nothing there until the text comes; undefined where none
 * is asked for. @throws BottleError `usage`
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
  /** Where links lead; of a link to nothing the link itself, which is then replaced. What is no file is taken as it is called. */
  readonly path: string;
  /** What is there. */
  readonly old: Stats | undefined;
}

async function placeOf(path: string): Promise<Place> {
  const old = await stat(path).catch(() => undefined);
  return { path: old?.isFile() === true ? await realpath(path) : path, old };
}

/** A device or a pipe, as /dev/stdout may be: written as it stands, as nothing can take its place. */
const isStream = ({ old }: Place): boolean => old !== undefined && !old.isFile();

async function tryOut(place: Place): Promise<void> {
  const { path, old } = place;
  if (old?.isDirectory() === true) throw new Error('it is a folder');
  // Also a file that its owner has closed: it stays as it is, though the folder would take another in its place.
  if (old !== undefined) await access(path, constants.W_OK);
  // Not opened: whoever reads a pipe would take it for the end.
  if (isStream(place)) return;
  const temporary = beside(path);
  await (await open(temporary, 'wx')).close();
  await rm(temporary);
}

/** On the same disk, so that it can be renamed. */
const beside = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`);

async function replace({ path, old }: Place, text: string): Promise<void> {
  const temporary = beside(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      // Whose it was, and who may read it; only root may give a file away.
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

/** A file that is a mount, and somebody else's in a sticky folder, as /tmp is: rename(2). They can be written all the same. */
export const isHeldInPlace = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && error.syscall === 'rename' && 'code' in error
    ? ['EBUSY', 'EPERM', 'EACCES'].includes(String(error.code))
    : false;

async function writeInto({ path, old }: Place, text: string): Promise<void> {
  // The path of a file is the real one: a link there now is somebody else's.
  const flags = old?.isFile() === true ? constants.O_TRUNC | constants.O_NOFOLLOW : 0;
  const file = await open(path, constants.O_WRONLY | flags);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
