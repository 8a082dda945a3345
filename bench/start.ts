import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultImageReference } from '../src/drivers/image/recipe.ts';
import { median } from './median.ts';
import { layOutUnchecked } from './unchecked.ts';

/**
 * Time to the first output of a bottle against the plain runtime: `docker run --rm` of the same image and runtime, and
 * plain `bwrap`; and against a bottle without launch checks. Paired runs, one after the other, so that a change of the
 * machine's speed affects both.
 *
 *   npm run bench -- start [RUNS] [IMAGE]
 *
 * IMAGE is one that Docker has; the default is bot-bottle's own default image.
 */

/** Does not end at once: engines can lose the output of a program that ends as soon as it begins. */
const PROGRAM = ['sh', '-c', 'echo first; sleep 0.2'] as const;

interface Pair {
  readonly name: string;
  readonly bottle: readonly string[];
  readonly peer: readonly string[];
  readonly goal: Goal;
}

/** A goal from the issue of the first release. */
interface Goal {
  readonly text: string;
  readonly holds: (result: Result) => boolean;
}

/** Medians of the paired runs. */
interface Result {
  readonly bottleMs: number;
  readonly peerMs: number;
  readonly overMs: number;
  /** The ratio of a bottle's time to that of its peer right after it: comparable between machines. */
  readonly ratio: number;
}

const RATIO: Goal = { text: 'at most 1.5x', holds: ({ ratio }) => ratio <= 1.5 };
const DIFFERENCE: Goal = { text: 'at most 400 ms over', holds: ({ overMs }) => overMs <= 400 };
const UNDER_A_SECOND: Goal = { text: 'under 1,000 ms over', holds: ({ overMs }) => overMs < 1_000 };

const home = mkdtempSync(join(tmpdir(), 'bot-bottle-bench-'));

/** Runs the comparison and prints a table. */
export async function main([runs = '15', image]: readonly string[]): Promise<void> {
  const manifestPath = join(home, 'bot-bottle.yaml');
  const imageLine = image === undefined ? '' : `, image: ${JSON.stringify(image)}`;
  writeFileSync(
    manifestPath,
    `bottles: { b: { workspace: none${imageLine} } }\nagents: { prober: { bottle: b, agent: shell } }\n`,
  );
  try {
    console.log(
      `${runs} pairs each, after one that warms caches; load before: ${loadavg()[0]?.toFixed(1)}\n`,
    );
    console.log(
      '| rung | bottle ms | peer ms | over ms | ratio | goal |\n| --- | --: | --: | --: | --: | --- |',
    );
    for (const pair of pairs(manifestPath, image ?? defaultImageReference())) {
      console.log(row(pair, await compare(pair, Number(runs))));
    }
  } finally {
    rmSync(home, { recursive: true });
  }
}

function pairs(manifestPath: string, image: string): Pair[] {
  const cli = join(import.meta.dirname, '..', 'dist', 'cli.cjs');
  const trusted = ['--manifest', manifestPath, '--yes', '--runtime'];
  const bottle = (runtime: string, cliPath = cli) => {
    const start = [process.execPath, cliPath, 'start', 'prober', ...trusted, runtime];
    return [...start, '--', ...PROGRAM];
  };
  const unchecked = layOutUnchecked(join(home, 'unchecked'));
  const checks = (runtime: string): Pair => ({
    name: `checks, ${runtime}`,
    bottle: bottle(runtime),
    peer: bottle(runtime, unchecked),
    goal: UNDER_A_SECOND,
  });
  const docker = (runtime: string) => ['docker', 'run', '--rm', '--runtime', runtime, image, ...PROGRAM];
  const engine = (runtime: string): Pair => ({
    name: runtime,
    bottle: bottle(runtime),
    peer: docker(runtime),
    goal: RATIO,
  });
  const bwrap = ['bwrap', '--ro-bind', '/', '/', ...PROGRAM];
  return [
    { name: 'bubblewrap', bottle: bottle('bubblewrap'), peer: bwrap, goal: DIFFERENCE },
    engine('runc'),
    engine('runsc'),
    ...['bubblewrap', 'runc', 'runsc'].map(checks),
  ];
}

async function compare({ bottle, peer }: Pair, runs: number): Promise<Result> {
  const times: { readonly bottleMs: number; readonly peerMs: number }[] = [];
  for (let run = 0; run <= runs; run++) {
    const pair = { bottleMs: await firstOutputMs(bottle), peerMs: await firstOutputMs(peer) };
    if (run > 0) times.push(pair);
  }
  return {
    bottleMs: median(times.map(({ bottleMs }) => bottleMs)),
    peerMs: median(times.map(({ peerMs }) => peerMs)),
    overMs: median(times.map(({ bottleMs, peerMs }) => bottleMs - peerMs)),
    ratio: median(times.map(({ bottleMs, peerMs }) => bottleMs / peerMs)),
  };
}

function row({ name, goal }: Pair, result: Result): string {
  const { bottleMs, peerMs, overMs, ratio } = result;
  const figures = [bottleMs.toFixed(0), peerMs.toFixed(0), overMs.toFixed(0), ratio.toFixed(2)];
  return `| ${[name, ...figures, `${goal.holds(result) ? 'held' : 'MISSED'} (${goal.text})`].join(' | ')} |`;
}

/** Returns the milliseconds until the program's first output; waits for its end, so that no run disturbs the next. */
async function firstOutputMs([program = '', ...args]: readonly string[]): Promise<number> {
  const started = process.hrtime.bigint();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A separate state folder keeps these bottles apart from the user's own.
    env: { ...process.env, XDG_STATE_HOME: home },
  });
  let firstMs: number | undefined;
  let errors = '';
  child.stdout.on('data', () => (firstMs ??= Number(process.hrtime.bigint() - started) / 1e6));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  if (firstMs === undefined) throw new Error(`${program} ${args.join(' ')}: no output\n${errors}`);
  return firstMs;
}
