import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.ts';

/**
 * Time to the first output of a bottle against the plain runtime: `docker run --rm` of the same image and runtime, and
 * plain `bwrap`. Paired runs, one after the other, so that a change of the machine's speed hits both.
 *
 *   npm run bench -- start [RUNS] [IMAGE]
 */

const MANIFEST = 'bottles:\n  b: { workspace: none }\nagents:\n  prober: { bottle: b, agent: shell }\n';
const OUTPUT = 'first';

interface Pair {
  readonly name: string;
  readonly bottle: readonly string[];
  readonly peer: readonly string[];
  /** What the issue of the first release asks for. */
  readonly goal: (bottleMs: number, peerMs: number) => string;
}

const ratioGoal = (bottleMs: number, peerMs: number): string =>
  verdict(bottleMs / peerMs <= 1.5, 'at most 1.5x');
const differenceGoal = (bottleMs: number, peerMs: number): string =>
  verdict(bottleMs - peerMs <= 400, 'at most 400 ms over');
const verdict = (held: boolean, goal: string): string => `${held ? 'held' : 'MISSED'} (${goal})`;

const stateHome = mkdtempSync(join(tmpdir(), 'bot-bottle-bench-'));

/** Runs the comparison and prints a table. */
export async function main([runs = '15', image = 'bot-bottle/default']: readonly string[]): Promise<void> {
  const manifestPath = join(stateHome, 'bot-bottle.yaml');
  writeFileSync(manifestPath, MANIFEST);
  try {
    console.log('| rung | bottle ms | peer ms | ratio | goal |\n| --- | --: | --: | --: | --- |');
    for (const pair of pairs(manifestPath, image)) console.log(await compare(pair, Number(runs)));
  } finally {
    rmSync(stateHome, { recursive: true });
  }
}

function pairs(manifestPath: string, image: string): Pair[] {
  const start = [process.execPath, join(import.meta.dirname, '..', 'dist', 'cli.js'), 'start', 'prober'];
  const trusted = ['--manifest', manifestPath, '--yes'];
  const bottle = (runtime: string) => [...start, ...trusted, '--runtime', runtime, '--', 'echo', OUTPUT];
  const docker = (runtime: string) => ['docker', 'run', '--rm', '--runtime', runtime, image, 'echo', OUTPUT];
  return [
    {
      name: 'bubblewrap',
      bottle: bottle('bubblewrap'),
      peer: ['bwrap', '--ro-bind', '/', '/', 'echo', OUTPUT],
      goal: differenceGoal,
    },
    { name: 'runc', bottle: bottle('runc'), peer: docker('runc'), goal: ratioGoal },
    { name: 'runsc', bottle: bottle('runsc'), peer: docker('runsc'), goal: ratioGoal },
  ];
}

async function compare({ name, bottle, peer, goal }: Pair, runs: number): Promise<string> {
  const times = { bottle: [] as number[], peer: [] as number[], ratio: [] as number[] };
  for (let run = 0; run <= runs; run++) {
    const [bottleMs, peerMs] = [await firstOutputMs(bottle), await firstOutputMs(peer)];
    if (run === 0) continue; // warms caches
    times.bottle.push(bottleMs);
    times.peer.push(peerMs);
    times.ratio.push(bottleMs / peerMs);
  }
  const [bottleMs, peerMs] = [median(times.bottle), median(times.peer)];
  return `| ${name} | ${bottleMs.toFixed(0)} | ${peerMs.toFixed(0)} | ${median(times.ratio).toFixed(2)} | ${goal(bottleMs, peerMs)} |`;
}

/** Milliseconds until the program's first output; waits for its end, so that no run disturbs the next. */
async function firstOutputMs([program = '', ...args]: readonly string[]): Promise<number> {
  const started = process.hrtime.bigint();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not among the user's own bottles.
    env: { ...process.env, XDG_STATE_HOME: stateHome },
  });
  let firstMs: number | undefined;
  let errors = '';
  child.stdout.on('data', () => (firstMs ??= Number(process.hrtime.bigint() - started) / 1e6));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  if (firstMs === undefined) throw new Error(`${program} ${args.join(' ')}: no output\n${errors}`);
  return firstMs;
}
