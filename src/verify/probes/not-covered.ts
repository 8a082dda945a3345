import type { FamilyName } from './probe.ts';

/** What no probe says anything about. Shown wherever a report is, and in docs/THREAT-MODEL.md, which has more. */
export interface NotCovered {
  /** Whose probes one might take to say it; of all, where none is named. */
  readonly family?: FamilyName;
  readonly what: string;
}

export const NOT_COVERED: readonly NotCovered[] = [
  { what: 'Timing, volume and order of traffic, as channels to a host that is allowed.' },
  { what: 'What an allowed host is sent on purpose, and what it does with it.' },
  {
    family: 'leaks',
    what: 'What leaves encrypted with a key of its own, computed with, in images or sounds, or as what only a person reads.',
  },
  {
    family: 'leaks',
    what: 'What leaves more than three disguises deep, in a spelling that is not tried, or where TLS is not opened.',
  },
  { family: 'leaks', what: 'What leaves in pieces of a few characters over several requests.' },
  { what: 'Weaknesses of kernels, engines and hardware that no probe here is about.' },
];

/** In a line each. */
export const notCoveredLines = (): readonly string[] =>
  NOT_COVERED.map(({ family, what }) => (family === undefined ? what : `${what} (${family})`));
