import { setTimeout as sleep } from 'node:timers/promises';
import { authorityOf, baitHostPath } from '../bottle/guest/guest-files.ts';
import type { BottleRecord } from '../bottle/state/record.ts';
import type { AuditLine } from '../gateway/config.ts';
import { readTextIfThere } from '../host/files.ts';
import { controlAfter, successesAfter, type Aftermath } from './after/aftermath.ts';
import { guestCorner } from './after/project.ts';
import { forAttack, type UserAttack } from './after/stages.ts';
import type { Arena } from './arena/arena.ts';
import type { Loot } from './arena/loot.ts';
import type { HostView } from './arena/host-view.ts';
import { startMeter, type Meter } from './arena/meter.ts';
import { nonceForEach } from './arena/nonce.ts';
import { aimAt, beyondFor, type Nonces } from './arena/targets.ts';
import { decisionsOf } from './inside/held-bottle.ts';
import { watchHostProcesses, type HostProcesses } from './processes/host-processes.ts';
import { attack } from './inside/attack.ts';
import type { Sibling } from './inside/sibling.ts';
import {
  judge,
  notApplicable,
  notMade,
  whyNot,
  whyShort,
  whyDeaf,
  whyOverlooked,
  whyUnanswered,
  type Missed,
} from './judge/judge.ts';
import { withBait, type LeakWords } from './leaks/words.ts';
import { controlOf, endedAt, metAt, successOf } from './judge/observe.ts';
import { viewWholeProcess } from './processes/process-view.ts';
import { USERS, type Probe, type User } from './probes/probe.ts';
import type { ProbeRow } from './report.ts';

/** Runs probes in a bottle as one of its users, and what is needed to watch and judge them. */

export interface Attacked {
  readonly probes: readonly Probe[];
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  readonly arena: Arena<User>;
  readonly record: BottleRecord;
  readonly host: HostView;
  readonly user: User;
  /** The host's id of the bottle's first process, if this host has that process. */
  readonly firstPid: number | undefined;
  /** The sibling bottle, if a probe needs it. */
  readonly sibling?: Sibling | undefined;
  /** What was read back about this bottle. */
  readonly evidence: Readonly<Record<string, string>>;
}

/** Waiting time, in milliseconds, for datagrams that were sent at the very end. */
const SETTLE_MS = 300;

/**
 * Returns whether a probe belongs to the family that runs last: exceeding a limit may end the program or the bottle.
 */
export const isLimit = ({ family }: Probe): boolean => family === 'limits';

const probesOf = (probes: readonly Probe[], user: User): readonly Probe[] =>
  probes.filter(({ users = USERS }) => users.includes(user));

/** Returns the rows of a user that the bottle does not have. */
export const rowsWithout = (probes: readonly Probe[], user: User): ProbeRow[] =>
  probesOf(probes, user).map((probe) =>
    notApplicable(probe, user, 'there is no root in a bottle of this rung (trait rootInside)'),
  );

/** Returns the rows of users for whom no bottle could start. */
export const rowsNotMade = (
  probes: readonly Probe[],
  users: readonly User[],
  reason: string,
): readonly ProbeRow[] =>
  users.flatMap((user) => probesOf(probes, user).map((probe) => notMade(probe, user, reason)));

/** A finished attack, and what was observed during it. */
export interface WatchedAttack extends UserAttack {
  readonly reasons: ReadonlyMap<Probe, string | undefined>;
  readonly known: HostView['known'];
  readonly leakWords: LeakWords;
  readonly decisions: readonly AuditLine[];
  readonly processes: HostProcesses;
  readonly meter: Meter | undefined;
  readonly sibling: Sibling | undefined;
  readonly authority: string | undefined;
  readonly missed: Missed;
}

/** Attacks as this user, and watches the attack. */
export async function attackAs(order: Attacked): Promise<WatchedAttack> {
  const { probes, arena, record, host, user, firstPid, sibling, progress, signal } = order;
  progress(`${probes.every(isLimit) ? 'going beyond limits' : 'attacking'} as ${user}`);
  const isMounted = record.workspace.mode === 'mount';
  const baitText = await readTextIfThere(baitHostPath(record.spec.runDir));
  const hasBait = baitText !== undefined;
  const circumstances = { rung: record.spec.rung, host, firstPid, isMounted, hasBait };
  const reasons = new Map(
    probesOf(probes, user).map((probe) => [probe, whyNot(probe, circumstances)] as const),
  );
  const possible = [...reasons].flatMap(([probe, reason]) => (reason === undefined ? [probe] : []));
  const ids = possible.map(({ id }) => id);
  const side = arena.sides[user];
  const nonces = { attempts: nonceForEach(ids), controls: nonceForEach(ids) };
  const targets = {
    ...aimAt(nonces, host, side),
    limits: record.spec.resources,
    workDir: guestCorner(user),
    ...beyondFor(host),
    ...(sibling === undefined ? {} : { sibling: sibling.targets }),
  };
  const bottle = firstPid === undefined ? undefined : viewWholeProcess(firstPid);
  const { bystanderPid } = targets;
  using processes = watchHostProcesses({ probes: possible, nonces, bottle, bystanderPid });
  using meter = possible.some(isLimit) ? meterOf(order, nonces) : undefined;
  await side.capture?.settle(); // resets the count of lost packets
  await sibling?.reachItself(targets, signal);
  const run = await attack({ record, user, targets: forAttack(targets, probes), signal });
  meter?.note('readerMemory', run.keptBytes); // memory growth would include all other work of this process
  await sleep(SETTLE_MS);
  const missed = {
    captureMissed: side.capture === undefined ? 'nothing was captured' : (await side.capture.settle()).missed,
    beyondMissed: side.beyond === undefined ? 'nothing listened there' : (await side.beyond.settle()).missed,
    siblingMissed: await sibling?.settle(targets, signal),
  };
  const decisions = await decisionsOf(record);
  const isSigning = possible.some(({ oracle }) => oracle.kind === 'signed');
  const authority = isSigning ? await authorityOf(record.id) : undefined;
  const leakWords = withBait(side.leakWords, baitText);
  const seen = { known: host.known, leakWords, decisions, processes, meter, sibling, authority, missed };
  return { user, side, targets, run, reasons, ...seen };
}

/** Judges the attack by what was observed during it and, for probes of a later stage, afterwards. */
export const rowsOf = async (made: WatchedAttack, loot: Loot, after: Aftermath): Promise<ProbeRow[]> =>
  await Promise.all(
    [...made.reasons].map(async ([probe, reason]) =>
      reason === undefined
        ? await rowOf(probe, { ...made, loot }, after)
        : notApplicable(probe, made.user, reason),
    ),
  );

const meterOf = ({ record, evidence }: Attacked, { attempts, controls }: Nonces): Meter =>
  startMeter(record, evidence['networkNamespace'], [attempts, controls].flatMap(Object.values<string>));

async function rowOf(
  probe: Probe,
  made: WatchedAttack & { readonly loot: Loot },
  after: Aftermath,
): Promise<ProbeRow> {
  const { run, user, side, targets } = made;
  const { said, words, complaint } = run;
  const { through, met } = controlOf(probe, { ...made, words });
  const aimed = (nonce = '') => ({ probe, user, side, nonce });
  const later = controlAfter(aimed(targets.controls[probe.id]), after).join(', ');
  const isLater = probe.control === 'back' || probe.control === 'shown';
  const ended = isLimit(probe) ? endedAt(probe, words) : undefined;
  const attemptMet = metAt(probe, { ...made, words }) ?? ended;
  return judge({
    probe,
    user,
    successes: [
      ...(await successOf(probe, { ...made, said, beside: [...made.reasons.keys()] })),
      ...successesAfter(aimed(targets.attempts[probe.id]), after),
    ],
    met: attemptMet,
    control: isLater ? later || undefined : through,
    controlMet: after.applyFailure ?? met ?? (complaint === '' ? undefined : complaint),
    doubt:
      whyDeaf(probe, made.missed) ??
      whyUnanswered(probe, attemptMet) ??
      whyOverlooked(probe, targets.attempts[probe.id], made.processes) ??
      whyShort(probe, attemptMet, made.meter),
  });
}
