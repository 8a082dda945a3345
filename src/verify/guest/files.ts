import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What attempts on files are made of. */

/** A new folder of the bottle's own. Gives its path. */
export const ownDir = (): string => mkdtempSync(join(tmpdir(), 'own-'));

/** Does it to each, and gives what came of it. @throws the first failure when none went well */
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
