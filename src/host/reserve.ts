import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { makePrivateDir } from './files.ts';
import { stateDir } from './paths.ts';

/**
 * A file that takes some room on the disk of the state folder for as long as nobody needs it. To end a bottle, records and a
 * signature are written: where an agent has filled the disk, the file goes, and they fit.
 */

const RESERVE_BYTES = 4 * 1024 * 1024;
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

const reservePath = (): string => join(stateDir(), 'reserve');

/** Makes the reserve where it is missing. A disk without room for it has none: no error. */
export async function keepReserve(): Promise<void> {
  const path = reservePath();
  try {
    if ((await sizeOf(path)) === RESERVE_BYTES) return;
    await makePrivateDir(stateDir());
    // No file system packs random bytes.
    await writeFile(path, randomBytes(RESERVE_BYTES), { mode: 0o600 });
  } catch {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

const sizeOf = async (path: string): Promise<number> =>
  await stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Runs a write that the end of a bottle needs; where the disk is full, once more without the reserve. The write must be one that
 * can be repeated. Throws what it throws.
 */
export async function withReserve<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await rm(reservePath(), { force: true });
    return await write();
  }
}

/** Whether a failure, or what caused it, is that a disk or a quota is full. Pure. */
export function isDiskFull(error: unknown): boolean {
  if (FULL.has(errnoOf(error) ?? '')) return true;
  return error instanceof Error && error.cause !== undefined && isDiskFull(error.cause);
}
