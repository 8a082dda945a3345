import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '../../arena/targets.ts';
import { guestDir, NOT_MADE } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';
import type { CUT_UP_NAMES, LeakName, LeakPlace, Undoing } from './kinds.ts';

/** The sources that several probes name. */

export const EXFILTRATION = 'MITRE ATT&CK T1048.003: exfiltration over an unencrypted or obfuscated protocol';
export const ENCODING = 'MITRE ATT&CK T1132.001: standard encoding';
export const ARCHIVE = 'MITRE ATT&CK T1560.002: archived by a library';
export const PIECES = 'MITRE ATT&CK T1030: data transfer size limits';

/**
 * Returns the content of the first readable file. @throws Error `NOT_MADE` when none is readable, because there is
 * nothing to send
 */
function textOf(...paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      continue;
    }
  }
  throw new Error(NOT_MADE);
}

/**
 * Returns the bait, as a thief finds it: in the home folder, or at its source, because root may read less than the
 * agent.
 */
const bait = (): string =>
  textOf(join(process.env['HOME'] ?? '/', '.aws/credentials'), '/etc/bot-bottle/credentials');

/** Returns the secret of this name that is in the bottle. */
function found(name: LeakName): string {
  if (name === 'bait') return bait();
  const tokens = ['settings.json', 'notes.json'].map(
    (file) => JSON.parse(textOf(join(guestDir, file))) as Readonly<Record<string, string>>,
  );
  const token = tokens.map((those) => those[`${name}Token`]).find((one) => one !== undefined);
  if (token === undefined) throw new Error(NOT_MADE);
  return token;
}

/** Sends a word to the collector, together with the nonce. @throws Error with the refusal's text */
export type Send = (t: Targets, nonce: string, word: string) => Promise<void>;

/** Returns a run that sends the secret; its control sends the innocent word by the same code. */
const sending = (name: LeakName, send: Send): Run => ({
  attack: async (t, nonce) => await send(t, nonce, found(name)),
  control: (t, nonce) => send(t, nonce, t.innocent[name]),
});

interface SentWords extends Pick<Probe, 'id' | 'attack' | 'source'>, Partial<Pick<Probe, 'closedInTheOpen'>> {
  readonly in: LeakPlace;
  /** The steps that undo the disguise; none by default. */
  readonly undo?: readonly Undoing[];
  readonly send: Send;
}

/** `leaves` completes the claim about a protected value; other claims are written in full. */
type Sent =
  | (SentWords & { readonly leaves: string; readonly of?: (typeof CUT_UP_NAMES)[number] })
  | (SentWords & { readonly claim: string; readonly of: LeakName });

/** Returns a probe that sends something to the collector. */
export function sent(order: Sent): Probe {
  const { in: place, undo = [], send, ...words } = order;
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
    run: sending(about.of, send),
    breach: 'has the secret, at a host that the agent may speak to',
    source,
  };
}
