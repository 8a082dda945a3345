import type { Boundary, NetworkForm, RuntimeName } from '../drivers/driver.ts';
import type { BottleFindings } from './findings/bottle.ts';
import type { FloorRow } from './floors/judge.ts';
import type { NotCovered } from './probes/not-covered.ts';
import type { FamilyName, User } from './probes/probe.ts';

/**
 * The output of `verify --json`, from which pages are made too. Other programs read it: add keys, never rename them.
 */

/** `unproven`: the control failed, or the attempt was not made, so its silence proves nothing. */
export const RESULTS = ['held', 'breached', 'unproven', 'notApplicable'] as const;
export type Result = (typeof RESULTS)[number];

/** The result of one probe as one user. */
export interface ProbeRow {
  readonly id: string;
  readonly family: FamilyName;
  readonly claim: string;
  readonly attack: string;
  readonly user: User;
  /**
   * Whether the same code, aimed at an allowed target, succeeded in the same bottle; `none` if the probe was not made.
   */
  readonly control: 'passed' | 'failed' | 'none';
  readonly result: Result;
  /** What was observed outside, what the attempt met, or why it proves nothing here. */
  readonly evidence: string;
  /** What an attacker gains by success. */
  readonly breach: string;
  readonly source: string;
  /** For a breach in a user's bottle: the setting that made it possible, if known. */
  readonly grant?: string;
}

export type Summary = Readonly<Record<Result, number>>;

export interface RungReport {
  readonly runtime: RuntimeName;
  readonly engine: string;
  readonly boundary: Boundary;
  /** Null if no bottle started. */
  readonly networkForm: NetworkForm | null;
  /** Why the bottle did not start, or the attack did not finish; then there are no probes. */
  readonly failure?: string;
  /** Versions and readings: from the rung's check, and read back from this bottle. */
  readonly evidence: Readonly<Record<string, string>>;
  /** The versions of what makes up the boundary, compared with the table of known-bad versions. */
  readonly floors: readonly FloorRow[];
  readonly probes: readonly ProbeRow[];
  readonly summary: Summary;
  readonly durationMs: number;
}

/** The result of the same probes by an unprotected program: those that succeeded, by id, with the evidence. */
export interface OpenReport {
  readonly succeeded: Readonly<Record<string, readonly string[]>>;
  readonly failed: readonly string[];
  /** The failed probes that were not made, each with the reason. */
  readonly notMade: Readonly<Record<string, string>>;
}

/** Includes the findings for a user's bottle, if one was named. */
export interface VerifyReport extends Partial<BottleFindings> {
  readonly botBottleVersion: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly host: { readonly kernel: string; readonly system: string; readonly architecture: string };
  readonly rungs: readonly RungReport[];
  readonly open?: OpenReport;
  /** What no probe covers. */
  readonly notCovered: readonly NotCovered[];
  /** No breach, no failed control, no unmade probe and no version with a known escape; and there were probes. */
  readonly held: boolean;
}
