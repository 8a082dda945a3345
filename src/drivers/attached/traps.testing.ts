import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trap } from './trap.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Those that no test in these places names: each is a folder of the repository, and which of its files count. */
export function untested(
  traps: readonly Trap[],
  places: readonly (readonly [folder: string, pattern: RegExp])[],
): readonly string[] {
  const tests = places
    .flatMap(([folder, pattern]) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => pattern.test(name))
        .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
    )
    .join('\n');
  return traps.map(({ id }) => id).filter((id) => !new RegExp(`\\btrap ${id}\\b`).test(tests));
}
