import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '../arena/targets.ts';
import type { Run } from '../probes/probe.ts';
import { ownDir, readStart, some } from './file-attempts.ts';
import { all, carryHome } from './wire.ts';

/** What is found on the host, and brought home by the way that is allowed. */

export const LOOT_WORD = /bbl[0-9a-f]{24}/g;

/** Carries home every word of loot in a text, beside the nonce of the attempt that found it: others look for the same. @throws Error where there is none, and as `all` */
export async function carryLoot(targets: Targets, nonce: string, text: string): Promise<void> {
  const words = [...new Set(text.match(LOOT_WORD))];
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, `${nonce}/${word}`)));
}

/** What lies in the program's own variables. */
export const ofOwnEnvironment: Run = {
  attack: (t, nonce) => carryLoot(t, nonce, JSON.stringify(process.env)),
  control: (t, nonce) => carryHome(t, { ...process.env, WORD: nonce }.WORD),
};

/** From the path of a file to the paths that may lead to it. */
export type Leading = (path: string) => readonly string[];

/** A file of the host is read by those paths, and carried home; a file of the bottle's own by the same ones. */
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
