import { readFileSync } from 'node:fs';
import type { Targets } from '../arena/targets.ts';
import { PROBES } from '../probes/index.ts';
import type { Attempt, Run } from '../probes/probe.ts';
import { NOT_MADE, UNHINDERED, within } from './wire.ts';

/**
 * Runs the attempts to get out concurrently: `node attacks.cjs TARGETS.json`, or `-` for standard input. The same
 * program runs in the open and in a bottle. It reports what it tried and met, but never whether it got out: the host
 * judges that.
 *
 * TARGETS.json contains what an attacker would find out: the addresses of the host, the names that the policy allows,
 * and `attempts`, which maps the id of each attempt to its nonce. `controls` does so for the same code aimed at allowed
 * targets.
 */

type Nonced = readonly [id: string, nonce: string];
type Say = (run: Run, nonced: Nonced) => Promise<readonly object[]>;

/** Concurrency limit: hundreds of simultaneous connections would delay each other. */
const AT_ONCE = 12;

/** Timeout, in milliseconds, by which even the slowest sandbox has answered. */
const ANSWERED_MS = 10_000;

const RUNS: ReadonlyMap<string, Run> = new Map(PROBES.map(({ id, run }) => [id, run]));

/** Returns the error that stopped the attempt; undefined if nothing did. */
async function meet(deadlineMs: number, make: () => ReturnType<Attempt>): Promise<string | undefined> {
  try {
    await within(deadlineMs, Promise.resolve(make()));
    return undefined;
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    return first instanceof Error ? first.message : String(first);
  }
}

/** Runs that wait for their turn set their own deadline. */
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
  // Controls run afterwards, so that they show what an attempt has broken.
  await sayEach(targets.controls, sayControl(targets));
  for (const { run, nonced } of known(targets.attempts).filter(({ run }) => run.last)) {
    const control = targets.controls[nonced[0]];
    if (control !== undefined) await sayOne(sayControl(targets), { run, nonced: [nonced[0], control] });
    await sayOne(sayAttempt(targets), { run, nonced });
  }
  console.log(JSON.stringify({ done: true }));
}

void main(process.argv[2] ?? '-').then(
  () => process.exit(0), // even if a connection is still open
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
