import type { FamilyName } from './probe.ts';

/** Attacks that no probe covers. Shown with every report, and in docs/THREAT-MODEL.md, which lists more. */
export interface NotCovered {
  /** The family that might seem to cover it; unset if it concerns all families. */
  readonly family?: FamilyName;
  readonly what: string;
}

export const NOT_COVERED: readonly NotCovered[] = [
  { what: 'Timing, volume and order of traffic, as channels to a host that is allowed.' },
  { what: 'Data sent to an allowed host on purpose, and its use there.' },
  {
    family: 'leaks',
    what: 'Data that leaves encrypted with the attacker’s key, computed with, in images or sounds, or readable by people only.',
  },
  {
    family: 'leaks',
    what: 'What leaves more than three disguises deep, in a spelling that is not tried, or where TLS is not opened.',
  },
  { family: 'leaks', what: 'What leaves in pieces of a few characters over several requests.' },
  { what: 'Weaknesses of kernels, engines and hardware that no probe here is about.' },
];

/** Formats one line for each. */
export const notCoveredLines = (): readonly string[] =>
  NOT_COVERED.map(({ family, what }) => (family === undefined ? what : `${what} (${family})`));
