import { arch, release } from 'node:os';
import { osName } from '../bottle/doctor.ts';
import { probeAfresh, probeFor } from '../bottle/probes.ts';
import { describeRung, isMeant, selectRung } from '../bottle/select.ts';
import type { EngineName, NetworkForm, Probe as Look, Rung, RuntimeName } from '../drivers/driver.ts';
import { BottleError, linesOf } from '../errors.ts';
import { packageVersion } from '../host/paths.ts';
import { sweep } from './arena/sweep.ts';
import { attackTheOpen } from './open.ts';
import { summarise } from './judge.ts';
import type { Probe } from './probes/probe.ts';
import type { RungReport, VerifyReport } from './report.ts';
import { verifyRung } from './rung.ts';

/** Attacks on live bottles, on one rung or on all that are ready. */

export interface VerifyOptions {
  /** Those to make. */
  readonly probes: readonly Probe[];
  readonly runtime: RuntimeName | 'auto' | 'all';
  readonly engine: EngineName | undefined;
  readonly networkForm: NetworkForm | undefined;
  /** The same probes by a plain process too: what an unprotected agent could do. */
  readonly open: boolean;
  readonly progress: (line: string) => void;
  /** What the user should read. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes every probe on every rung that was asked for.
 * @throws BottleError `rungUnavailable` when no rung is ready
 */
export async function runVerify(options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = new Date().toISOString();
  const { probes } = options;
  options.progress('looking at the rungs of this host');
  const looks = await chooseRungs(options);
  await sweep();
  const rungs: RungReport[] = [];
  for (const look of looks) {
    if (options.signal.aborted) break;
    const progress = (line: string): void => options.progress(`${describeRung(look.rung)}: ${line}`);
    rungs.push(await tryRung(look, { ...options, progress }));
  }
  const open = options.open ? { open: await attackTheOpen(probes, options.progress) } : {};
  return {
    botBottleVersion: packageVersion(),
    startedAt,
    host: { kernel: release(), system: await osName(), architecture: arch() },
    rungs,
    ...open,
    held: rungs.length > 0 && rungs.every(isHeld),
  };
}

/** No breach, and nothing that could not be proven; something was. */
function isHeld({ failure, summary }: RungReport): boolean {
  return failure === undefined && summary.held > 0 && summary.breached + summary.unproven === 0;
}

async function chooseRungs({ runtime, engine, note, signal }: VerifyOptions): Promise<readonly Look[]> {
  if (runtime !== 'all') {
    const request = { runtime, engine, minBoundary: 'shared-kernel' } as const;
    const { probe, why } = selectRung(request, await probeFor(request, signal));
    note(`rung: ${why}`);
    return [probe];
  }
  const looks = (await probeAfresh(signal)).filter(({ rung }) => isMeant({ runtime: 'auto', engine }, rung));
  const ready = looks.filter(({ status }) => status === 'ready');
  for (const { rung, status, reason } of looks.filter((look) => !ready.includes(look))) {
    note(`not attacked, because it is ${status}: ${describeRung(rung)}: ${reason}`);
  }
  if (ready.length > 0) return ready;
  throw new BottleError('rungUnavailable', 'no rung is ready on this host', {
    fix: 'bot-bottle doctor shows every rung and how to get it',
  });
}

/** A rung that cannot be attacked does not keep the others from it, and is not counted as one that held. */
async function tryRung(
  look: Look,
  order: Omit<Parameters<typeof verifyRung>[0], 'look'>,
): Promise<RungReport> {
  try {
    return await verifyRung({ ...order, look });
  } catch (error) {
    if (!(error instanceof BottleError)) throw error;
    return failed(look.rung, linesOf(error).join('; '));
  }
}

function failed({ runtime, engine, boundary }: Rung, failure: string): RungReport {
  const nothing = { networkForm: null, evidence: {}, probes: [], summary: summarise([]), durationMs: 0 };
  return { runtime, engine, boundary, failure, ...nothing };
}
