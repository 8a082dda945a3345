import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { applyEdits } from '../test/conformance/sabotage/apply.ts';

const SHIPPED = ['dist', 'assets', 'images', 'package.json'];

/**
 * A copy of the built program that believes its launch checks without making them: what it starts faster than the program itself
 * is what they take. Gives the path of its `cli.cjs`. @throws Error when they are written otherwise by now
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
