import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeBottle } from '../bottle/teardown/end.ts';
import { readDecisions } from '../bottle/log/logs.ts';
import { bottlePaths, readAll } from '../bottle/state/store.ts';
import { driverOf } from '../drivers/index.ts';
import type { Rung, RuntimeName } from '../drivers/driver.ts';
import type { AuditLine } from '../gateway/config.ts';
import { layOut, type Arena, type Side } from '../verify/arena/arena.ts';
import { possibleProbes, viewHost } from '../verify/arena/host-view.ts';
import { nonceForEach } from '../verify/arena/nonce.ts';
import { sweep } from '../verify/arena/sweep.ts';
import { aimAt, type Targets } from '../verify/arena/targets.ts';
import { attackInTheOpen } from '../verify/inside/in-the-open.ts';
import type { AgentMessage } from '../verify/inside/attack.ts';
import { metAt, successOf } from '../verify/judge/observe.ts';
import type { Probe } from '../verify/probes/probe.ts';
import { ATTEMPTS, CONTROLS, type Control } from './attempts.ts';
import { chooseRung } from './install.ts';
import { attackInTheBottle } from './in-the-bottle.ts';
import { judge, summarise, type AttemptRow, type ControlRow, type Summary } from './judge.ts';
import { whyUnanswered } from '../verify/judge/judge.ts';

/** The report that `demo --json` prints. */
export interface DemoReport {
  readonly rung: Pick<Rung, 'runtime' | 'engine' | 'boundary'> & { readonly why: string };
  readonly controls: readonly ControlRow[];
  readonly attempts: readonly AttemptRow[];
  readonly summary: Summary;
  /** From the first inspection of the host to the last verdict, in milliseconds. */
  readonly durationMs: number;
}

export interface DemoOptions {
  readonly runtime: RuntimeName | 'auto';
  /** Agrees to the installation of bubblewrap if no rung is ready. */
  readonly yes: boolean;
  /** Receives the current step. */
  readonly progress: (line: string) => void;
  /** Receives what the user should read. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Time for datagrams that were sent at the very end to arrive, in milliseconds. */
const SETTLE_MS = 300;

/**
 * Makes the attempts in the open and in a bottle, and judges them.
 * @throws BottleError if no rung is ready, or the bottle does not start
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const startedAt = Date.now();
  options.progress('choosing the isolation of this host');
  const [{ check, why }, host] = await Promise.all([chooseRung(options), viewHost()]);
  options.note(`rung: ${why}`);
  const { rung } = check;
  await sweep();
  const attempts = possibleProbes(ATTEMPTS, host);
  const attacker = driverOf(rung).fileOwner(rung);
  await using arena = await layOut({ attacker, sides: ['open', 'bottle'], programs: ['verify', 'demo'] });
  const aim = (side: 'open' | 'bottle'): Targets => {
    const nonces = { attempts: nonceForEach(idsOf(attempts)), controls: nonceForEach(idsOf(CONTROLS)) };
    return aimAt(nonces, host, arena.sides[side]);
  };
  const run = { arena, rung, targets: { open: aim('open'), bottle: aim('bottle') }, options };
  const { rows, controls } = await runBoth(run, attempts);
  return {
    rung: { runtime: rung.runtime, engine: rung.engine, boundary: rung.boundary, why },
    controls,
    attempts: rows,
    summary: summarise(rows, controls),
    durationMs: Date.now() - startedAt,
  };
}

const idsOf = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

interface Run {
  readonly arena: Arena<'open' | 'bottle'>;
  readonly rung: Rung;
  readonly targets: Readonly<Record<'open' | 'bottle', Targets>>;
  readonly options: DemoOptions;
}

/** Makes both runs at the same time: each has its own canary. */
async function runBoth(run: Run, attempts: readonly Probe[]) {
  const { arena, rung, targets, options } = run;
  // In the launcher's environment, because a user's may hold a token.
  const { env, descriptor } = arena.launcher;
  const agent = `demo-${randomBytes(3).toString('hex')}`;
  const owner = driverOf(rung).fileOwner(rung);
  try {
    options.progress('making every attempt in the open, and starting a bottle to make them in');
    const [openFailure, words] = await Promise.all([
      attackInTheOpen({ side: arena.sides.open, targets: targets.open, owner, env, descriptor }),
      attackInTheBottle({ ...options, side: arena.sides.bottle, targets: targets.bottle, rung, agent, env }),
    ]);
    if (openFailure !== undefined) options.note(`the control in the open failed: ${openFailure}`);
    await sleep(SETTLE_MS);
    return { rows: await judgeAll(run, attempts, words), controls: await checkControls(run, agent, words) };
  } finally {
    for (const { id } of await bottlesOf(agent)) await removeBottle(id, true);
  }
}

const bottlesOf = async (agent: string) =>
  (await readAll()).records.filter((record) => record.agent === agent);

async function judgeAll(
  { arena, targets }: Run,
  attempts: readonly Probe[],
  words: readonly AgentMessage[],
): Promise<AttemptRow[]> {
  const seenOn = async (attempt: Probe, side: 'open' | 'bottle') =>
    await successOf(attempt, { side: arena.sides[side], targets: targets[side], loot: arena.loot });
  const metBy = (attempt: Probe): string | undefined => {
    const met = metAt(attempt, { targets: targets.bottle, words });
    return whyUnanswered(attempt, met) === undefined ? met : undefined;
  };
  return await Promise.all(
    attempts.map(async (attempt) =>
      judge({
        attempt,
        inTheOpen: await seenOn(attempt, 'open'),
        inTheBottle: await seenOn(attempt, 'bottle'),
        met: metBy(attempt),
      }),
    ),
  );
}

async function checkControls(
  { arena, targets }: Run,
  agent: string,
  words: readonly AgentMessage[],
): Promise<ControlRow[]> {
  const [record] = await bottlesOf(agent);
  const decisions: AuditLine[] = [];
  if (record !== undefined)
    for await (const line of readDecisions(bottlePaths(record.id).auditPath)) decisions.push(line);
  const seen = { side: arena.sides.bottle, targets: targets.bottle, words, decisions };
  return CONTROLS.map((control) => controlOf(control, seen));
}

/** Judges controls by the evidence outside the bottle. */

/** The evidence on the bottle's run. */
interface BottleSeen {
  readonly side: Side;
  readonly targets: Targets;
  readonly words: readonly AgentMessage[];
  /** The decisions in the gateway's log. */
  readonly decisions: readonly AuditLine[];
}

/** Returns whether a control succeeded, with the evidence. */
function controlOf({ id, claim, witness }: Control, seen: BottleSeen): ControlRow {
  const row = (wentThrough: boolean, evidence: string): ControlRow => ({ id, claim, wentThrough, evidence });
  if (witness === 'canary') {
    const ways = seen.side.canary.heard(seen.targets.controls[id] ?? '');
    return ways.length === 0
      ? row(false, 'it did not reach the canary')
      : row(true, `heard: ${ways.join(', ')}`);
  }
  const word = seen.words.find((word) => word.kind === 'control' && word.control === id);
  if (word?.kind !== 'control') return row(false, 'the agent did not come to it');
  if (!word.ok) return row(false, word.said);
  if (witness === undefined) return row(true, word.said);
  const passed = seen.decisions.filter(({ verdict, via, rule }) => {
    return verdict === 'allow' && witness.includes(via) && rule.endsWith(' npm');
  });
  const ways = [...new Set(passed.map(({ via }) => via))];
  return passed.length === 0
    ? row(false, `no request of it is in the gateway's log (looked for: ${witness.join(', ')})`)
    : row(true, `${word.said}; in the gateway's log: ${passed.length} allowed by ${ways.join(', ')}`);
}
