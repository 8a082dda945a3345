import type { KeyObject } from 'node:crypto';
import { keyId } from '../../bottle/log/signature.ts';
import { EXIT_CODES } from '../../errors.ts';
import type { VerifyReport } from '../report.ts';
import { compare, type Comparison, type Installed } from './compare.ts';
import { openEnvelope, type Opened } from './envelope.ts';
import { parsePayload, rungName, type Payload } from './payload.ts';

/** Checks that a receipt is unchanged since it was signed, who signed it, and whether it still describes this host. */

/** What a receipt is compared with. */
export interface Now extends Installed {
  /** The key whose signature counts; undefined if this installation has none. */
  readonly key: KeyObject | undefined;
  /** The user gave the key, of an installation that they trust; it is not this installation's own. */
  readonly isGivenKey: boolean;
  readonly at: Date;
}

/**
 * The signer: this installation, the one whose key was given, or another; or no known one, because the signature is
 * invalid or the text malformed.
 */
export type Signer = 'own' | 'given' | 'other' | 'invalid' | 'malformed';

/**
 * The result for programs. It contains nothing of the receipt unless the right key signed it: otherwise those members
 * are null or empty.
 */
export interface Checked {
  readonly signer: Signer;
  /** Signed by the key that counts, and unchanged. */
  readonly genuine: boolean;
  /** No change since then is known. */
  readonly current: boolean | null;
  /** The report's own result. */
  readonly held: boolean | null;
  /** Every probe of its suite has a row for each rung. */
  readonly complete: boolean | null;
  /** All four above. */
  readonly passed: boolean;
  /** The id of the key that signed it; for `invalid`, the key that it claims. */
  readonly key: string | null;
  /** ISO 8601. */
  readonly madeAt: string | null;
  readonly comparisons: readonly Comparison[];
  /** Why it does not pass, except for changes. */
  readonly faults: readonly string[];
  /** Notes that do not affect the result. */
  readonly remarks: readonly string[];
  readonly report: VerifyReport | null;
}

const DAY_MS = 86_400_000;
/**
 * Age in days from which a remark says that a receipt is old: new attacks are added, and hosts change in ways that no
 * digest shows.
 */
const OLD_DAYS = 30;

/** Checks the text of a receipt's file, whatever it contains. Never throws, and reads nothing else. */
export function checkReceipt(text: string, now: Now): Checked {
  const opened = openEnvelope(text, now.key);
  if (opened.seal !== 'expected') return refused(opened.seal, opened, whyNot(opened, now));
  const payload = parsePayload(opened.payload);
  const signer = now.isGivenKey ? 'given' : 'own';
  if (payload === undefined) return refused(signer, opened, UNREADABLE);
  const comparisons = compare(payload, now);
  const faults = faultsOf(payload);
  const current = comparisons.every(({ verdict }) => verdict !== 'changed');
  return {
    signer,
    genuine: true,
    current,
    held: payload.report.held,
    complete: faults.incomplete.length === 0,
    passed: current && payload.report.held && faults.incomplete.length === 0,
    key: opened.key,
    madeAt: payload.madeAt,
    comparisons,
    faults: [...faults.breached, ...faults.incomplete],
    remarks: ageOf(payload, now.at),
    report: payload.report,
  };
}

/** Returns the exit code of `verify --check`: only a complete, current receipt of a suite that held is proof. */
export const exitCodeOfCheck = ({ passed }: Checked): number =>
  passed ? EXIT_CODES.ok : EXIT_CODES.verifyFailed;

/**
 * Returns the payload if that key signed it and this version can read it; undefined for any other text. Never throws.
 */
export function genuinePayload(text: string, key: KeyObject | undefined): Payload | undefined {
  const opened = openEnvelope(text, key);
  return opened.seal === 'expected' ? parsePayload(opened.payload) : undefined;
}

const UNREADABLE =
  'it is signed, but by another version of bot-bottle, whose receipts this one cannot read: check it with that version';

function refused(signer: Signer, opened: Opened, fault: string): Checked {
  return {
    signer,
    genuine: false,
    current: null,
    held: null,
    complete: null,
    passed: false,
    key: 'key' in opened ? opened.key : null,
    madeAt: null,
    comparisons: [],
    faults: [fault],
    remarks: [],
    report: null,
  };
}

function whyNot(opened: Exclude<Opened, { seal: 'expected' }>, { key, isGivenKey }: Now): string {
  if (opened.seal === 'malformed') {
    return 'it is not a receipt, byte for byte, as written by bot-bottle: something was added, removed or written in another way';
  }
  if (opened.seal === 'invalid') {
    return `the signature is not that of the key it names, ${opened.key}: it was changed after it was signed`;
  }
  if (isGivenKey && key !== undefined) {
    return `it is signed by the key ${opened.key}, and not by the one that was given, ${keyId(key)}`;
  }
  const own = key === undefined ? 'this one has no key yet' : `the key of this one is ${keyId(key)}`;
  return `it is signed by the key ${opened.key}, which is another installation's (${own}): anybody can make such a one; to trust that installation, give its public key, which bot-bottle logs key prints there`;
}

interface Faults {
  readonly breached: readonly string[];
  readonly incomplete: readonly string[];
}

function faultsOf({ bound, report }: Payload): Faults {
  const notMade = report.rungs.flatMap((rung) => {
    const made = new Set(rung.probes.map(({ id }) => id));
    const missing = bound.suiteProbes.filter((id) => !made.has(id));
    if (rung.failure !== undefined) return [`${rungName(rung)}: ${rung.failure}`];
    return missing.length === 0 ? [] : [`${rungName(rung)}: ${countOf(missing, bound.suiteProbes.length)}`];
  });
  return {
    breached: report.held ? [] : ['the bottle did not hold, or it was not proven that it did'],
    incomplete: report.rungs.length === 0 ? ['nothing was verified: it is about no rung'] : notMade,
  };
}

/** The number of missing probes to name: a run of one family leaves out hundreds. */
const MOST_NAMED = 5;

function countOf(missing: readonly string[], all: number): string {
  const more = missing.length - MOST_NAMED;
  const named = [...missing.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  return `${missing.length} of the suite's ${all} probes ${missing.length === 1 ? 'was' : 'were'} not made: ${named}`;
}

function ageOf({ madeAt }: Payload, now: Date): string[] {
  const ageMs = now.getTime() - Date.parse(madeAt);
  const days = Math.floor(ageMs / DAY_MS);
  if (ageMs < 0) return [`it was made at ${madeAt}, which is still to come by the clock of this host`];
  return days > OLD_DAYS ? [`it is ${days} days old`] : [];
}
