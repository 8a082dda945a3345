import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trap } from './trap.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/**
 * Ids that no test in these places names, or that occur twice. A place is a folder of the repository, and a pattern for
 * its files.
 */
export function wronglyTested(
  traps: readonly Pick<Trap, 'id'>[],
  places: readonly (readonly [folder: string, pattern: RegExp])[],
): readonly string[] {
  const tests = places
    .flatMap(([folder, pattern]) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => pattern.test(name))
        .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
    )
    .join('\n');
  const ids = traps.map(({ id }) => id);
  return ids.filter((id, at) => ids.indexOf(id) !== at || !new RegExp(`\\btrap ${id}\\b`).test(tests));
}
