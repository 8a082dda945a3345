import type { Boundary, NetworkForm, RuntimeName } from '../drivers/driver.ts';
import type { BottleFindings } from './findings/bottle.ts';
import type { FloorRow } from './floors/judge.ts';
import type { NotCovered } from './probes/not-covered.ts';
import type { FamilyName, User } from './probes/probe.ts';

/** What `verify --json` prints, and the pages are made from. Keys are added, never renamed: other programs read it. */

/** `unproven`: its control failed, or it was not made, so its silence means nothing. */
export const RESULTS = ['held', 'breached', 'unproven', 'notApplicable'] as const;
export type Result = (typeof RESULTS)[number];

/** One probe as one user. */
export interface ProbeRow {
  readonly id: string;
  readonly family: FamilyName;
  readonly claim: string;
  readonly attack: string;
  readonly user: User;
  /** Whether the same code, aimed at what is allowed, went through in the same bottle; `none` where the probe was not made. */
  readonly control: 'passed' | 'failed' | 'none';
  readonly result: Result;
  /** What was seen outside, what the attempt met, or why it means nothing here. */
  readonly evidence: string;
  /** What an attacker has who gets through. */
  readonly breach: string;
  readonly source: string;
  /** Of a breach in a bottle of the user's: the setting of it that gave what was got, where that can be told. */
  readonly grant?: string;
}

export type Summary = Readonly<Record<Result, number>>;

export interface RungReport {
  readonly runtime: RuntimeName;
  readonly engine: string;
  readonly boundary: Boundary;
  /** Null where no bottle came to be. */
  readonly networkForm: NetworkForm | null;
  /** Why the bottle did not start, or the attack did not come to its end; all of its probes are missing then. */
  readonly failure?: string;
  /** Versions and readings: of the look at the rung, and of what was read back from this very bottle. */
  readonly evidence: Readonly<Record<string, string>>;
  /** The versions of what the boundary is made of, held against the table of known-bad ones. */
  readonly floors: readonly FloorRow[];
  readonly probes: readonly ProbeRow[];
  readonly summary: Summary;
  readonly durationMs: number;
}

/** An unprotected program's run of the same probes: those that got through, by id, each with how it was seen. */
export interface OpenReport {
  readonly succeeded: Readonly<Record<string, readonly string[]>>;
  readonly failed: readonly string[];
  /** Of those that failed, the ones that were not even made, each with the reason. */
  readonly notMade: Readonly<Record<string, string>>;
}

/** With what is about a bottle of the user's, where one was named. */
export interface VerifyReport extends Partial<BottleFindings> {
  readonly botBottleVersion: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly host: { readonly kernel: string; readonly system: string; readonly architecture: string };
  readonly rungs: readonly RungReport[];
  readonly open?: OpenReport;
  /** What none of it says anything about. */
  readonly notCovered: readonly NotCovered[];
  /** No breach, no control that failed, no probe that was not made, no version with a known escape: and there were probes. */
  readonly held: boolean;
}
