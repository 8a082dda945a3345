import type { AgentWord } from '../inside/words.ts';
import { FORMERLY } from './formerly.ts';

/** What is left in one bottle, or done there by right, and tried in the next: an attempt in two parts, of which the second says what it met. */

const INHERITED = ['life-inheritance', 'life-ipc', FORMERLY];

const isLeft = (word: AgentWord): word is AgentWord & { readonly kind: 'attempt' } =>
  word.kind === 'attempt' && INHERITED.includes(word.attempt);

/** The probes that the first bottle says were left there: what was not, nobody finds. Pure. */
export const leftIn = (words: readonly AgentWord[]): readonly string[] =>
  words.filter(isLeft).map(({ attempt }) => attempt);

/** What the first bottle says of all else: that something was left there is not that it was looked for. Pure. */
export const withoutLeft = (words: readonly AgentWord[]): readonly AgentWord[] =>
  words.filter((word) => !isLeft(word));
