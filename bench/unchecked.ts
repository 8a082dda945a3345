import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { applyEdits } from '../test/conformance/sabotage/apply.ts';

const SHIPPED = ['dist', 'assets', 'images', 'package.json'];

/**
 * Makes a copy of the built program that assumes that its launch checks passed, without making them: the difference in
 * start time is the time of the checks. Returns the path of the copy's `cli.cjs`. @throws Error if the code of the
 * checks has changed
 */
export function layOutUnchecked(dir: string): string {
  mkdirSync(dir);
  for (const name of SHIPPED) {
    cpSync(join(import.meta.dirname, '..', name), join(dir, name), { recursive: true });
  }
  const [find, put] = [/my \$evidence = eval \{ \$check->\(\$wanted\) \};/, "my $$evidence = 'not made';"];
  applyEdits(dir, [{ file: 'assets/handover/checks.pl', find, put }]);
  return join(dir, 'dist', 'cli.cjs');
}
