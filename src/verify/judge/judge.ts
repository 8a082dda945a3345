import type { Probe, User, Measure } from '../probes/probe.ts';
import { RESULTS, type ProbeRow, type Result, type Summary } from '../report.ts';
import type { Rung } from '../../drivers/driver.ts';
import { isRoot } from '../../host/user.ts';
import { possibleProbes, type HostView } from '../arena/host-view.ts';
import { whyBlind, type HostProcesses } from '../processes/host-processes.ts';
import type { Meter } from '../arena/meter.ts';
import { UNHINDERED, NO_ANSWER } from '../guest/wire.ts';

/** Derives verdicts from what was observed outside: the result of a probe, and why a probe proves nothing. Pure. */

/** The observations of one probe as one user. */
export interface Seen {
  readonly probe: Probe;
  readonly user: User;
  /** The ways in which the attempt succeeded. */
  readonly successes: readonly string[];
  /** The result that the program reported; undefined if the attempt was not made. */
  readonly met: string | undefined;
  /** How the control got through, as observed; undefined if it did not. */
  readonly control: string | undefined;
  /** The result of the control, if it did not get through. */
  readonly controlMet: string | undefined;
  /** Why a lack of evidence proves nothing although both were made: see `whyDeaf` and the functions after it. */
  readonly doubt?: string | undefined;
}

/** Returns the row of one probe. A success is a breach, whatever the control's result. */
export function judge({ probe, user, successes, met, control, controlMet, doubt }: Seen): ProbeRow {
  const isProven = met !== undefined && control !== undefined && doubt === undefined;
  const result: Result = successes.length > 0 ? 'breached' : isProven ? 'held' : 'unproven';
  const evidence: Record<Exclude<Result, 'notApplicable'>, string> = {
    breached: `seen outside: ${successes.join(', ')}`,
    unproven:
      met === undefined
        ? 'the attempt was not made'
        : doubt !== undefined
          ? `nothing was seen, which means nothing: ${doubt}`
          : `its control did not go through (${controlMet ?? 'it was not made'}), so that nothing was seen means nothing`,
    held: `nothing was seen outside; the attempt met: ${met}; its control went through: ${control}`,
  };
  return {
    ...wordsOf(probe),
    user,
    control: control !== undefined ? 'passed' : 'failed',
    result,
    evidence: evidence[result],
  };
}

/** Returns the row of a probe that would prove nothing here, with the reason. */
export const notApplicable = (probe: Probe, user: User, reason: string): ProbeRow => ({
  ...wordsOf(probe),
  user,
  control: 'none',
  result: 'notApplicable',
  evidence: reason,
});

/** Returns the row of a probe that could not be made, with the reason: it proves nothing. */
export const notMade = (probe: Probe, user: User, reason: string): ProbeRow => ({
  ...wordsOf(probe),
  user,
  control: 'none',
  result: 'unproven',
  evidence: `the attempt was not made: ${reason}`,
});

const wordsOf = ({ id, family, claim, attack, breach, source }: Probe) =>
  ({ id, family, claim, attack, breach, source }) as const;

/** Counts the rows by result. */
export const summarise = (rows: readonly ProbeRow[]): Summary =>
  Object.fromEntries(
    RESULTS.map((result) => [result, rows.filter((row) => row.result === result).length]),
  ) as Summary;

/** Properties of the rung, the host, the user and the bottle, which can make a probe prove nothing. */
interface Circumstances {
  readonly rung: Rung;
  readonly host: HostView;
  /** The host's id of the bottle's first process, if this host has that process. */
  readonly firstPid: number | undefined;
  /** The agent works in the project itself. */
  readonly isMounted: boolean;
  /** The launcher has put bait into the bottle. */
  readonly hasBait: boolean;
}

/** Measures that are visible only with a shared kernel, and only to root. */
const SHOWN_BY_THE_KERNEL: readonly Measure[] = [
  'tmp',
  'home',
  'shm',
  'tmpFiles',
  'homeFiles',
  'shmFiles',
  'openFiles',
  'priority',
];

/** Measures that a machine's own kernel limits. */
const IN_A_MACHINE: readonly Measure[] = ['processes', 'processBound'];

/** The most processes to start on a host that others use. */
const MOST_PROCESSES = 256;

/** Returns the reason not to make a probe, for the report; undefined if it can be made. */
export function whyNot(probe: Probe, circumstances: Circumstances): string | undefined {
  const { needs, limits, means, oracle, control } = probe;
  const { rung, host, firstPid, isMounted, hasBait } = circumstances;
  if (needs === 'capture' && !host.captures)
    return 'this user may not look at packets (tried; packet(7), CAP_NET_RAW)';
  if (needs === 'beyond' && host.beyond.at === undefined)
    return `nothing listens beyond this host: ${host.beyond.missing}`;
  if (needs !== undefined && possibleProbes([{ needs }], host).length === 0)
    return `this host has nothing to try it on: ${needs}`;
  if (means === 'sharedKernel' && rung.boundary !== 'shared-kernel')
    return `the kernel that it is made on is not the host's (boundary ${rung.boundary})`;
  if (limits !== undefined && rung.traits.limits !== limits)
    return `limits are enforced in another way here (trait limits: ${rung.traits.limits})`;
  if (isMounted && control === 'back' && oracle.kind === 'verbs' && oracle.sees === 'shown')
    return 'there is no diff of a project that is mounted (workspace: mount)';
  if (oracle.kind === 'end' && oracle.sees === 'process' && rung.boundary !== 'shared-kernel')
    return unseen(rung.boundary);
  if (oracle.kind === 'leak' && oracle.of === 'bait' && !hasBait)
    return 'this bottle has no bait (canary: false, or no outgoing traffic is inspected)';
  if (oracle.kind === 'process') return whyBlind(firstPid);
  return oracle.kind === 'exceeds' ? whyNotMetered(oracle.of, rung) : undefined;
}

const unseen = (boundary: string): string =>
  `the inside of a bottle with this boundary (${boundary}) cannot be seen from outside`;

function whyNotMetered(measure: Measure, { boundary, traits }: Rung): string | undefined {
  // The host sees the threads that run a machine, but not what runs in it.
  const isWithin = traits.limits === 'machine' && IN_A_MACHINE.includes(measure);
  if (isWithin || (boundary !== 'shared-kernel' && SHOWN_BY_THE_KERNEL.includes(measure)))
    return unseen(boundary);
  if (measure === 'processes' && traits.minPids > MOST_PROCESSES)
    return `this runtime needs ${traits.minPids} threads, and ends the whole bottle when it gets no more`;
  if (!isRoot() && !OUTSIDE.includes(measure)) return 'only root sees from outside what a bottle has';
  return undefined;
}

/** Why listeners may have missed something during the whole attack; undefined where they did not. */
export interface Missed {
  readonly captureMissed: string | undefined;
  readonly beyondMissed: string | undefined;
  /** Also undefined without a sibling bottle. */
  readonly siblingMissed: string | undefined;
}

/** Returns why silence proves nothing for a probe; undefined if it does. Pure. */
export function whyDeaf(
  { control, needs }: Pick<Probe, 'control' | 'needs'>,
  missed: Missed,
): string | undefined {
  if (needs === 'capture') return missed.captureMissed;
  if (needs === 'beyond') return missed.beyondMissed;
  return control === 'sibling' ? missed.siblingMissed : undefined;
}

/**
 * Returns why an attempt may not have been made, from its result; undefined if it was. The gateway, the kernel or a
 * file refuses with an answer, so a missing answer is no refusal. Pure.
 */
export const whyUnanswered = ({ run }: Pick<Probe, 'run'>, met: string | undefined): string | undefined =>
  met === NO_ANSWER && run.meetsSilence !== true
    ? 'the attempt was not answered in its time, and may not have been made'
    : undefined;

/**
 * Returns why this host may have missed what an attempt's process became, whatever the process reports; undefined if it
 * did not.
 */
export const whyOverlooked = (
  { oracle }: Pick<Probe, 'oracle'>,
  nonce: string | undefined,
  processes: Pick<HostProcesses, 'missed'>,
): string | undefined =>
  oracle.kind === 'process' && nonce !== undefined ? processes.missed(nonce) : undefined;

/**
 * Measures outside the bottle, which refuse it nothing: the host accepts large amounts, and must keep them in little
 * space.
 */
export const OUTSIDE: readonly Measure[] = ['log', 'readerMemory'];

/** The part of a limit that counts as reached: ten measurements a second may miss the peak. */
const NEAR = 0.9;

/**
 * Returns why an attempt on a limit proves nothing. Undefined if it was refused more or came near the limit; or, for a
 * measure outside the bottle, if the attempt was made completely. Pure.
 */
export function whyShort(
  { oracle }: Pick<Probe, 'oracle'>,
  met: string | undefined,
  meter: Pick<Meter, 'most' | 'bound'> | undefined,
): string | undefined {
  if (oracle.kind !== 'exceeds' || met === undefined) return undefined;
  const isUnhindered = met === UNHINDERED;
  if (OUTSIDE.includes(oracle.of)) return isUnhindered ? undefined : `not all of it was made: ${met}`;
  const [most = -Infinity, bound = Infinity] = [meter?.most(oracle.of), meter?.bound(oracle.of)];
  if (!isUnhindered || most >= NEAR * bound) return undefined;
  return `nothing refused it, and it never came near its limit: ${most}, of ${bound} at most`;
}
