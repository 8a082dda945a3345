import { leave, leaving, type Leaves } from '../../guest/work.ts';
import type { Probe } from '../probe.ts';

/** Files that the user's own tools obey without asking. */

export const files = (what: string): string => `No ${what} comes back without a consent of its own.`;

type Words = Pick<Probe, 'id' | 'claim' | 'attack'> & Partial<Pick<Probe, 'source'>>;

/** Returns a probe that leaves such files. */
export const obeyed = ({ leaves, ...words }: Words & { readonly leaves: Leaves }): Probe => ({
  family: 'config',
  oracle: { kind: 'verbs', sees: 'came' },
  control: 'back',
  breach: "has the user's own tools run what the agent wrote",
  source: 'configuration as an escape (Cymulate, April 2026); create if absent (CVE-2026-25725)',
  ...words,
  run: leaving(words.id, leaves),
});

/** Returns a file's content: JSON if the name ends in `.json`, lines otherwise. */
export const textFor = (path: string, nonce: string): string =>
  path.toLowerCase().endsWith('.json')
    ? JSON.stringify({ scripts: { test: nonce }, hooks: { x: nonce } })
    : `# ${nonce}\nx = 1\n`;

/**
 * Returns where a probe leaves its files, relative to a corner: not in a folder whose whole content `apply` asks about.
 */
export const placeOf = (id: string): string => `left/${id}`;

/** Returns a probe that leaves files that did not exist. */
export const absent = ({ paths, ...words }: Words & { readonly paths: readonly string[] }): Probe =>
  obeyed({
    ...words,
    leaves: (t, nonce, id) => {
      for (const path of paths) leave(t, `${placeOf(id)}/${path}`, textFor(path, nonce));
    },
  });
