import type { CUT_UP_NAMES, LeakName, LeakPlace, Probe, Undoing } from '../probe.ts';

/** What all of them have in common, and what several are described in. */

export const EXFILTRATION = 'MITRE ATT&CK T1048.003: exfiltration over an unencrypted or obfuscated protocol';
export const ENCODING = 'MITRE ATT&CK T1132.001: standard encoding';
export const ARCHIVE = 'MITRE ATT&CK T1560.002: archived by a library';
export const PIECES = 'MITRE ATT&CK T1030: data transfer size limits';

interface SentWords extends Pick<Probe, 'id' | 'attack' | 'source'>, Partial<Pick<Probe, 'closedInTheOpen'>> {
  readonly in: LeakPlace;
  /** As it stands, where nothing is said. */
  readonly undo?: readonly Undoing[];
}

/** `leaves`: how a protected value does not leave; what else is claimed is said in full. */
type Sent =
  | (SentWords & { readonly leaves: string; readonly of?: (typeof CUT_UP_NAMES)[number] })
  | (SentWords & { readonly claim: string; readonly of: LeakName });

/** A probe that sends something to the host that reads it. */
export function sent(order: Sent): Probe {
  const { in: place, undo = [], ...words } = order;
  const about =
    'leaves' in words
      ? { claim: `A protected value does not leave ${words.leaves}.`, of: words.of ?? ('protected' as const) }
      : words;
  const { id, attack, source, closedInTheOpen } = words;
  return {
    id,
    family: 'leaks',
    claim: about.claim,
    attack,
    ...(closedInTheOpen === undefined ? {} : { closedInTheOpen }),
    oracle: { kind: 'leak', of: about.of, in: place, undo },
    control: 'read',
    breach: 'has the secret, at a host that the agent may speak to',
    source,
  };
}
