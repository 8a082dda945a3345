import type { KeyObject } from 'node:crypto';
import type { VerifyReport } from '../report.ts';
import { sealEnvelope } from './envelope.ts';
import { rungName, writePayload, type Bound } from './payload.ts';

/** The key and time of a signature. */
export interface Signing {
  /** The key of this installation: `signingKey()` of bottle/log/signing-key.ts. */
  readonly privateKey: KeyObject;
  readonly at: Date;
}

/**
 * Returns the text of a receipt's file: the report and what it is bound to, signed. envelope.ts defines the signed
 * bytes.
 * @throws BottleError `dependencyMissing` when the key is not Ed25519; Error when report and `bound` do not agree
 */
export function makeReceipt(report: VerifyReport, bound: Bound, { privateKey, at }: Signing): string {
  const faults = mismatches(report, bound);
  if (faults.length > 0)
    throw new Error(`the report and what is bound to it do not agree: ${faults.join('; ')}`);
  return sealEnvelope(writePayload({ version: 1, madeAt: at.toISOString(), bound, report }), privateKey);
}

/** A receipt must not report on one bottle what was found in another. */
function mismatches(report: VerifyReport, bound: Bound): string[] {
  const reported = report.rungs.map(rungName);
  const attacked = report.rungs.filter(({ failure }) => failure === undefined).map(rungName);
  const known = bound.rungs.map(rungName);
  const rows = report.rungs.flatMap(({ probes }) => probes);
  const probes = rows.map(({ id }) => id);
  const isShaken = rows.some(({ result }) => result === 'breached' || result === 'unproven');
  return [
    ...(report.botBottleVersion === bound.botBottleVersion ? [] : ['another version']),
    ...(report.bottle?.name === bound.bottle?.name &&
    report.bottle?.manifestDigest === bound.bottle?.manifestDigest
      ? []
      : ['another bottle']),
    ...(report.held && isShaken ? ['held, and a probe that did not'] : []),
    ...(known.length > 0 && bound.gatewayDigest === null ? ['no gateway'] : []),
    ...twice(reported).map((name) => `twice in the report: ${name}`),
    ...twice(known).map((name) => `bound twice: ${name}`),
    ...missing(attacked, known).map((name) => `nothing is bound to ${name}`),
    ...missing(known, reported).map((name) => `not in the report: ${name}`),
    ...missing([...new Set(probes)], bound.suiteProbes).map((id) => `not of the suite: ${id}`),
  ];
}

const twice = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

const missing = (wanted: readonly string[], there: readonly string[]): string[] =>
  wanted.filter((name) => !there.includes(name));
