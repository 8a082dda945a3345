import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../errors.ts';

/**
 * Makes a folder, and its parents where they are missing. Node's own way with `recursive` does not do: Node 20 tries for ever where
 * the kernel makes none (below /proc), and says ENOENT where a file system is read-only.
 * @throws Error with the errno of mkdir(2)
 */
export function makeFolder(path: string, mode: number): void {
  const parent = dirname(path);
  if (attempt(path, mode) === undefined) return;
  if (parent !== path) makeFolder(parent, mode);
  const missing = attempt(path, mode);
  if (missing !== undefined) throw missing;
}

/** Undefined where it is there now; an error where a parent is missing. */
function attempt(path: string, mode: number): Error | undefined {
  try {
    mkdirSync(path, { mode });
    return undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return error as Error;
    // Of a folder that is there on a file system that is read-only, EROFS may be said first.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    throw error;
  }
}
