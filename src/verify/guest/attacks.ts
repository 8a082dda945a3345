import { readFileSync } from 'node:fs';
import type { Targets } from '../arena/targets.ts';
import { PROBES } from '../probes/index.ts';
import type { Attempt, Run } from '../probes/probe.ts';
import { NOT_MADE, UNHINDERED, within } from './wire.ts';

/**
 * The attempts to get out, side by side: `node attacks.cjs TARGETS.json`, or `-` for the standard input. The same program
 * runs in the open and in a bottle. It says what it tried and met, and never whether it got out: that is judged outside.
 *
 * TARGETS.json has what an attacker would find out: the addresses of the host, the name of what the policy allows, and
 * `attempts`, which maps the id of each attempt to make to the nonce that it carries. `controls` does so for the same code
 * aimed at what is allowed.
 */

type Nonced = readonly [id: string, nonce: string];
type Say = (run: Run, nonced: Nonced) => Promise<readonly object[]>;

/** Side by side, but not all at once: hundreds of connections at the same moment would wait for each other. */
const AT_ONCE = 12;

/** Whatever is answered at all is by then, in the slowest sandbox. */
const ANSWERED_MS = 10_000;

const RUNS: ReadonlyMap<string, Run> = new Map(PROBES.map(({ id, run }) => [id, run]));

/** What stood in the way; undefined when nothing did. */
async function meet(deadlineMs: number, make: () => ReturnType<Attempt>): Promise<string | undefined> {
  try {
    await within(deadlineMs, Promise.resolve(make()));
    return undefined;
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    return first instanceof Error ? first.message : String(first);
  }
}

/** Those that wait for their turn say themselves how long that may be. */
const sayAttempt =
  (targets: Targets): Say =>
  async ({ attack, meetsSilence, deadlineMs }, [id, nonce]) => {
    const usualMs = meetsSilence ? targets.deadlineMs : ANSWERED_MS;
    const met = await meet(deadlineMs ?? usualMs, () => attack(targets, nonce));
    return met === NOT_MADE ? [] : [{ attempt: id, met: met ?? UNHINDERED }];
  };

const sayControl =
  (targets: Targets): Say =>
  async ({ control, deadlineMs = ANSWERED_MS }, [id, nonce]) => {
    const met = await meet(deadlineMs, () => control(targets, nonce));
    return [{ control: id, ok: met === undefined, said: met ?? UNHINDERED }];
  };

async function main(targetsPath: string): Promise<void> {
  const targets = JSON.parse(readFileSync(targetsPath === '-' ? 0 : targetsPath, 'utf8')) as Targets;
  const known = (nonces: Readonly<Record<string, string>>) =>
    Object.entries(nonces).flatMap((nonced) => {
      const run = RUNS.get(nonced[0]);
      return run === undefined ? [] : [{ run, nonced }];
    });
  const sayOne = async (say: Say, { run, nonced }: { run: Run; nonced: Nonced }): Promise<void> => {
    for (const line of await say(run, nonced)) console.log(JSON.stringify(line));
  };
  const sayEach = async (nonces: Readonly<Record<string, string>>, say: Say): Promise<void> => {
    const all = known(nonces).filter(({ run }) => run.last !== true);
    const queued = all.filter(({ run }) => run.queued).map((one) => sayOne(say, one));
    const left = all.filter(({ run }) => run.queued !== true && run.alone !== true);
    const worker = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await sayOne(say, next);
    };
    await Promise.all([...queued, ...Array.from({ length: AT_ONCE }, worker)]);
    for (const one of all.filter(({ run }) => run.alone)) await sayOne(say, one);
  };
  await sayEach(targets.attempts, sayAttempt(targets));
  // Afterwards: what an attempt has spoiled shows here.
  await sayEach(targets.controls, sayControl(targets));
  for (const { run, nonced } of known(targets.attempts).filter(({ run }) => run.last)) {
    const control = targets.controls[nonced[0]];
    if (control !== undefined) await sayOne(sayControl(targets), { run, nonced: [nonced[0], control] });
    await sayOne(sayAttempt(targets), { run, nonced });
  }
  console.log(JSON.stringify({ done: true }));
}

void main(process.argv[2] ?? '-').then(
  () => process.exit(0), // whatever still hangs in a connection
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
