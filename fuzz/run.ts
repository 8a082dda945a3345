import { readFileSync } from 'node:fs';
import { createExecutor } from './engine/execute.ts';
import { fuzz } from './engine/fuzz.ts';
import { loadTarget, type TargetName } from './target.ts';

/**
 * Runs one target in a separate process, which main.ts starts. The last line that it prints is its outcome, in JSON.
 */

const [name, ...args] = process.argv.slice(2) as [TargetName, ...string[]];
const target = await loadTarget(name);
if (args[0] === '--input') {
  const error = await createExecutor(name, target)(readFileSync(args[1] ?? ''));
  console.log(error?.stack ?? 'nothing is wrong with it');
  process.exit(error === undefined ? 0 : 1);
}
const [minutes = '1', seed = `${Date.now() % 0x7fffffff}`] = args;
const { gc } = globalThis;
if (gc === undefined) throw new Error('--expose-gc is missing');
const durationMs = Number(minutes) * 60_000;
const collect = (): void => {
  gc({ execution: 'sync' });
};
const outcome = await fuzz({ name, target, durationMs, seed: Number(seed), gc: collect });
console.log(JSON.stringify(outcome));
process.exit(outcome.failures === 0 && outcome.leak === undefined ? 0 : 1);
