import type { Targets } from '../arena/targets.ts';
import { all, carryHome } from './wire.ts';

/** Words that lie on the host to be found, brought home by the way that is allowed. */

const LOOT_WORD = /bbl[0-9a-f]{24}/g;

/** Carries home every word of loot in a text. @throws Error where there is none */
export async function carryLoot(targets: Targets, text: string): Promise<void> {
  const words = [...new Set(text.match(LOOT_WORD))];
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, word)));
}
