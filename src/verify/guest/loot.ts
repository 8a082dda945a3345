import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '../arena/targets.ts';
import type { Run } from '../probes/probe.ts';
import { ownDir, readStart, some } from './file-attempts.ts';
import { all, carryHome } from './wire.ts';

/** Matches loot that attempts find on the host, and send home by the allowed way. */

export const LOOT_WORD = /bbl[0-9a-f]{24}/g;

/**
 * Sends home every word of loot in a text, with the nonce of the attempt that found it, because other attempts search
 * for the same words. @throws Error when there is none, and as `all`
 */
export async function carryLoot(targets: Targets, nonce: string, text: string): Promise<void> {
  const words = [...new Set(text.match(LOOT_WORD))];
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, `${nonce}/${word}`)));
}

/** Searches the program's own environment. */
export const ofOwnEnvironment: Run = {
  attack: (t, nonce) => carryLoot(t, nonce, JSON.stringify(process.env)),
  control: (t, nonce) => carryHome(t, { ...process.env, WORD: nonce }.WORD),
};

/** Maps the path of a file to paths that may lead to it. */
export type Leading = (path: string) => readonly string[];

/**
 * Returns a run that reads a file of the host by those paths and sends home its loot; the control reads a file of the
 * bottle in the same way.
 */
export const readingBy = (leading: Leading, pathOf: (t: Targets) => string): Run => ({
  attack: async (t, nonce) => await carryLoot(t, nonce, some(leading(pathOf(t)), readStart).join('\n')),
  control: async (t, nonce) => {
    const path = join(ownDir(), 'file');
    writeFileSync(path, nonce);
    const text = some(leading(path), readStart).join('\n');
    if (!text.includes(nonce)) throw new Error('the own file is not found');
    await carryHome(t, nonce);
  },
});
