import { mkdtempSync, openSync, readSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Helpers for attempts on files. */

/** Creates a new folder in the bottle, and returns its path. */
export const ownDir = (): string => mkdtempSync(join(tmpdir(), 'own-'));

/**
 * Calls `act` for each value, and returns the results of those that succeeded. @throws the first failure if none did
 */
export function some<Value, Result>(values: readonly Value[], act: (value: Value) => Result): Result[] {
  const failures: unknown[] = [];
  const results = values.flatMap((value) => {
    try {
      return [act(value)];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (results.length === 0) throw failures[0] ?? new Error('nothing to try');
  return results;
}

const MOST_BYTES = 64 * 1024;

/**
 * Returns the beginning of a file; never blocks, as a FIFO would. @throws Error when it is no regular file, or not
 * readable
 */
export function readStart(path: string): string {
  if (!statSync(path).isFile()) throw new Error('no file');
  const bytes = Buffer.alloc(MOST_BYTES);
  const length = readSync(openSync(path, 'r'), bytes, 0, MOST_BYTES, 0);
  return bytes.toString('latin1', 0, length);
}
