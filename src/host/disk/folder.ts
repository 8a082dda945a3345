import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../errors.ts';

/**
 * Creates a folder and its missing parents. Node's own `recursive` option does not work: Node 20 retries forever where
 * the kernel creates no folder (below /proc), and reports ENOENT on a read-only file system.
 * @throws Error with the errno of mkdir(2)
 */
export function makeFolder(path: string, mode: number): void {
  const parent = dirname(path);
  if (attempt(path, mode) === undefined) return;
  if (parent !== path) makeFolder(parent, mode);
  const missing = attempt(path, mode);
  if (missing !== undefined) throw missing;
}

/** Undefined if the folder exists now; an error if a parent is missing. */
function attempt(path: string, mode: number): Error | undefined {
  try {
    mkdirSync(path, { mode });
    return undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return error as Error;
    // For an existing folder on a read-only file system, mkdir may report EROFS first.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    throw error;
  }
}
