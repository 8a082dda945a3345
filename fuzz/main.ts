import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Outcome } from './engine/fuzz.ts';
import { TARGETS } from './target.ts';

/**
 * `npm run fuzz -- TARGET|all [MINUTES [SEED]]`, or `TARGET --input FILE` to run one input again. `all` runs two
 * targets at a time. Exits with 1 if it found anything; the inputs are in fuzz/found.
 */

const AT_A_TIME = 2;
const RUN = join(import.meta.dirname, 'run.ts');

const [name = '', ...args] = process.argv.slice(2);
const isAll = name === 'all' && args[0] !== '--input';
const names = isAll ? TARGETS : TARGETS.filter((target) => target === name);
if (names.length === 0) {
  console.error(`usage: npm run fuzz -- all|${TARGETS.join('|')} [MINUTES [SEED]] | TARGET --input FILE`);
  process.exit(2);
}

/** Returns the outcome from the process of one target; undefined if it ended without one. */
async function runTarget(target: string): Promise<{ outcome: Outcome | undefined; isClean: boolean }> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', RUN, target, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const end = await new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing')),
  );
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  if (last.startsWith('{')) return { outcome: JSON.parse(last) as Outcome, isClean: end === 0 };
  console.log(output);
  if (end !== 0)
    console.log(`${target} ended with ${end}; what ran then: fuzz/found/${target}-running or -hang`);
  return { outcome: undefined, isClean: end === 0 };
}

const waiting = [...names];
const results: Awaited<ReturnType<typeof runTarget>>[] = [];
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runTarget(next);
      results.push(result);
      if (result.outcome !== undefined) console.log(JSON.stringify(result.outcome));
    }
  }),
);
const outcomes = results.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
if (outcomes.length > 0)
  console.table(outcomes, [
    'name',
    'inputs',
    'perSecond',
    'functions',
    'blocksLeft',
    'corpus',
    'failures',
    'grownBytes',
    'leak',
  ]);
process.exit(results.every(({ isClean }) => isClean) ? 0 : 1);
