import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultImageReference } from '../src/drivers/image/recipe.ts';
import { median } from './median.ts';

/**
 * Time to the first output of a bottle against the plain runtime: `docker run --rm` of the same image and runtime, and
 * plain `bwrap`. Paired runs, one after the other, so that a change of the machine's speed hits both.
 *
 *   npm run bench -- start [RUNS] [IMAGE]
 *
 * IMAGE is one that Docker has; without it, bot-bottle's own default image is taken.
 */

/** Not over at once: engines can lose the output of a program that ends when it begins. */
const PROGRAM = ['sh', '-c', 'echo first; sleep 0.2'] as const;

interface Pair {
  readonly name: string;
  readonly bottle: readonly string[];
  readonly peer: readonly string[];
  readonly goal: Goal;
}

/** What the issue of the first release asks for. */
interface Goal {
  readonly text: string;
  readonly holds: (result: Result) => boolean;
}

/** Medians of the paired runs. */
interface Result {
  readonly bottleMs: number;
  readonly peerMs: number;
  readonly overMs: number;
  /** Of a bottle's time and that of its peer right after it: what is comparable between machines. */
  readonly ratio: number;
}

const RATIO: Goal = { text: 'at most 1.5x', holds: ({ ratio }) => ratio <= 1.5 };
const DIFFERENCE: Goal = { text: 'at most 400 ms over', holds: ({ overMs }) => overMs <= 400 };

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
  const start = [process.execPath, join(import.meta.dirname, '..', 'dist', 'cli.cjs'), 'start', 'prober'];
  const trusted = ['--manifest', manifestPath, '--yes'];
  const bottle = (runtime: string) => [...start, ...trusted, '--runtime', runtime, '--', ...PROGRAM];
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

/** Milliseconds until the program's first output; waits for its end, so that no run disturbs the next. */
async function firstOutputMs([program = '', ...args]: readonly string[]): Promise<number> {
  const started = process.hrtime.bigint();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not among the user's own bottles.
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
