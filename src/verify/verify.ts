import { availableParallelism } from 'node:os';
import { allRungs, checkAllRungs, checkRungsFor } from '../bottle/rungs/rung-checks.ts';
import { describeRung, isMeant, selectRung, noRung } from '../bottle/rungs/select.ts';
import {
  type EngineName,
  type NetworkForm,
  type RungCheck,
  type Rung,
  type RuntimeName,
  BOUNDARIES,
  type Boundary,
} from '../drivers/driver.ts';
import { BottleError, linesOf } from '../errors.ts';
import { packageVersion } from '../host/paths.ts';
import { eachInTurn } from '../host/together.ts';
import type { ReadBottle } from './findings/bottle.ts';
import { sweep } from './arena/sweep.ts';
import { attackTheOpen } from './open.ts';
import { summarise } from './judge/judge.ts';
import type { Probe } from './probes/probe.ts';
import type { RungReport, VerifyReport } from './report.ts';
import { verifyRung, type RungOrder } from './rung.ts';
import { PROBES } from './probes/index.ts';
import { NOT_COVERED } from './probes/not-covered.ts';
import { boundOf, suiteOf, type Suite } from './receipt/digests.ts';
import { heldAll } from './show/rungs.ts';
import { makeReceipt } from './receipt/make.ts';
import { signingKey } from '../bottle/log/signing-key.ts';
import type { Receipt } from '../bottle/state/receipt.ts';
import { describeHost } from './receipt/installed.ts';

/** Attacks live bottles, on one rung or on all that are ready. */

/** An attack mostly waits. More at once would delay each other beyond their deadlines. */
const RUNGS_AT_ONCE = Math.min(2, availableParallelism());

export interface VerifyOptions {
  /** The probes to make. */
  readonly probes: readonly Probe[];
  /** Undefined for the runtime of the named bottle, or else the strongest. */
  readonly runtime: RuntimeName | 'auto' | 'all' | undefined;
  readonly engine: EngineName | undefined;
  readonly networkForm: NetworkForm | undefined;
  /** A user's bottle: its findings, and its minimum boundary; undefined if none was named. */
  readonly bottle: ReadBottle | undefined;
  /** Also runs the same probes as a plain process, to show what an unprotected agent could do. */
  readonly open: boolean;
  /**
   * Receives a line, and the name of the rung that it is about, if any; an empty line means that the work has ended.
   */
  readonly progress: (line: string, of?: string) => void;
  /** Receives text that the user should read. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The report, and the text of its receipt. */
export interface Verified {
  readonly report: VerifyReport;
  /** Returns the signed text; write it unchanged. */
  readonly receipt: () => Promise<string>;
}

/**
 * Makes every probe on every selected rung.
 * @throws BottleError `rungUnavailable` when no rung is ready; the signal's reason
 */
export async function runVerify(options: VerifyOptions): Promise<Verified> {
  const startedAt = new Date().toISOString();
  const { probes } = options;
  options.progress('looking at the rungs of this host');
  const [looks, suite] = await Promise.all([chooseRungs(options), suiteOf(PROBES)]);
  await sweep();
  options.progress('');
  const named = options.bottle?.attacked;
  const attacked = await eachInTurn(looks, RUNGS_AT_ONCE, async (look) => {
    const name = describeRung(look.rung);
    const progress = (line: string): void => options.progress(`${name}: ${line}`, name);
    const trying = tryRung(look, { ...options, named, progress }, looks.length === 1);
    return await trying.finally(() => options.progress('', name));
  });
  options.signal.throwIfAborted();
  const rungs = attacked.map(({ report }) => report);
  const open = options.open ? { open: await attackTheOpen(probes, options.progress, options.signal) } : {};
  const host = describeHost();
  const held = rungs.length > 0 && rungs.every(heldAll);
  const report = {
    botBottleVersion: packageVersion(),
    startedAt,
    host,
    rungs,
    ...open,
    ...options.bottle?.findings,
    notCovered: NOT_COVERED,
    held,
  };
  return { report, receipt: async () => await sign(report, suite, attacked) };
}

interface Attacked {
  readonly look: RungCheck;
  readonly report: RungReport;
  /** The bottle's receipt; undefined if no bottle started. */
  readonly receipt: Receipt | undefined;
}

async function sign(report: VerifyReport, suite: Suite, attacked: readonly Attacked[]): Promise<string> {
  const bottles = attacked.flatMap(({ look, receipt }) => (receipt === undefined ? [] : [{ look, receipt }]));
  const bound = boundOf(report, suite, bottles);
  return makeReceipt(report, bound, { privateKey: await signingKey(), at: new Date() });
}

async function chooseRungs(options: VerifyOptions): Promise<readonly RungCheck[]> {
  const { engine, bottle, note, signal } = options;
  const runtime = options.runtime ?? bottle?.runtime ?? 'auto';
  if (runtime !== 'all') {
    const request = { runtime, engine, minBoundary: bottle?.minBoundary ?? 'shared-kernel' } as const;
    const { check, why } = selectRung(request, await checkRungsFor(request, signal));
    note(`rung: ${why}`);
    return [check];
  }
  const any = { runtime: 'auto', engine } as const;
  if (!allRungs().some((rung) => isMeant(any, rung))) throw noRung(any, allRungs());
  const looks = (await checkAllRungs(signal)).filter(({ rung }) => isMeant(any, rung));
  const { ready, notes } = attackable(looks, bottle?.minBoundary ?? 'shared-kernel');
  notes.forEach(note);
  if (ready.length > 0) return ready;
  throw new BottleError('rungUnavailable', 'no rung is ready on this host', {
    fix: 'bot-bottle doctor shows every rung and how to get it',
  });
}

/**
 * Attacks a rung. A failure does not stop the other rungs, and does not count as held.
 * @throws BottleError `manifest` when it is the only rung and the user's manifest is the reason, as a start would
 */
async function tryRung(
  look: RungCheck,
  order: Omit<RungOrder, 'look' | 'begins'>,
  isOnly: boolean,
): Promise<Attacked> {
  let hasBegun = false;
  const begins = (): void => void (hasBegun = true);
  try {
    return { look, ...(await verifyRung({ ...order, look, begins })) };
  } catch (error) {
    order.signal.throwIfAborted();
    if (!(error instanceof BottleError)) throw error;
    const isAsAtStart = !hasBegun && order.named !== undefined && error.code === 'manifest';
    if (isOnly && isAsAtStart) throw error;
    return { look, report: failed(look.rung, linesOf(error).join('; ')), receipt: undefined };
  }
}

function failed({ runtime, engine, boundary }: Rung, failure: string): RungReport {
  const nothing = { evidence: {}, floors: [], probes: [], summary: summarise([]), durationMs: 0 };
  return { runtime, engine, boundary, networkForm: null, failure, ...nothing };
}

/** The result of selecting rungs to attack. */
interface Attackable {
  readonly ready: readonly RungCheck[];
  /** For each other rung, why it is left out and how to make it ready, for the user. */
  readonly notes: readonly string[];
}

/** Separates rungs that can be attacked from the others; `floor`: the weakest boundary that the bottle allows. Pure. */
export function attackable(looks: readonly RungCheck[], floor: Boundary): Attackable {
  const isBelow = ({ rung }: RungCheck): boolean =>
    BOUNDARIES.indexOf(rung.boundary) < BOUNDARIES.indexOf(floor);
  const ready = looks.filter((look) => look.status === 'ready' && !isBelow(look));
  const others = looks.filter((look) => !ready.includes(look));
  return { ready, notes: others.map((look) => noteOf(look, isBelow(look) ? floor : undefined)) };
}

function noteOf({ rung, reason, fix }: RungCheck, floor: Boundary | undefined): string {
  const name = `not attacked: ${describeRung(rung)}`;
  if (floor !== undefined) return `${name} is below the bottle's min_boundary, ${floor}`;
  return `${name} is not ready: ${reason}${fix === '' ? '' : `\n  what to do: ${fix}`}`;
}
