import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { makePrivateDir } from './files.ts';
import { stateDir } from './paths.ts';

/**
 * A file that reserves space on the disk of the state folder. Ending a bottle writes records and a signature. If an
 * agent has filled the disk, bot-bottle removes the reserve so that they fit.
 */

const RESERVE_BYTES = 4 * 1024 * 1024;
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

const reservePath = (): string => join(stateDir(), 'reserve');

/** Creates the reserve if it is missing. Ignores a failure, such as a disk without room for it. */
export async function keepReserve(): Promise<void> {
  const path = reservePath();
  try {
    if ((await sizeOf(path)) === RESERVE_BYTES) return;
    await makePrivateDir(stateDir());
    // Random bytes, which no file system can compress.
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
 * Runs a write that ends a bottle; on a full disk, removes the reserve and runs it again. The write must be repeatable.
 * Throws what it throws.
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

/** Whether an error, or one of its causes, is a full disk or quota. Pure. */
export function isDiskFull(error: unknown): boolean {
  if (FULL.has(errnoOf(error) ?? '')) return true;
  return error instanceof Error && error.cause !== undefined && isDiskFull(error.cause);
}
