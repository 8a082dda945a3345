import { waysOf, type Message } from '../arena/nonce.ts';
import { parseAgentMessage } from '../inside/attack.ts';

/**
 * Attributes finds when several attempts search for the same word of loot: the message that carries the word home also
 * carries the attempt's nonce. A program that lies about it accuses another attempt, and never clears all of them.
 * Pure.
 */

/** An attempt in its bottle. */
export interface Seeker {
  readonly id: string;
  readonly nonce: string;
}

export interface Search {
  readonly word: string;
  readonly own: Seeker;
  /** All other attempts that search for this word. */
  readonly others: readonly Seeker[];
}

/** Returns the ways by which listeners heard the word because of this attempt. */
export const heardFor = (search: Search, messages: readonly Message[]): readonly string[] =>
  waysOf(
    ownOf(
      search,
      messages.filter(({ words }) => words.has(search.word)),
      ({ words }, { nonce }) => words.has(nonce),
    ),
    search.word,
  );

/** Returns whether the program's output contains the word because of this attempt. */
export const saidFor = (search: Search, said: string): boolean =>
  ownOf(
    search,
    said.split('\n').filter((line) => line.includes(search.word)),
    (line, { id }) => attemptOf(line) === id,
  ).length > 0;

/**
 * Returns the finds that name this attempt; or all finds, if none names an attempt that searches for the word: no find
 * may get lost.
 */
function ownOf<Find>(
  { own, others }: Search,
  finds: readonly Find[],
  names: (find: Find, seeker: Seeker) => boolean,
): readonly Find[] {
  const isSomebodys = finds.some((find) => [own, ...others].some((seeker) => names(find, seeker)));
  return isSomebodys ? finds.filter((find) => names(find, own)) : finds;
}

function attemptOf(line: string): string | undefined {
  const word = parseAgentMessage(line);
  return word?.kind === 'attempt' ? word.attempt : undefined;
}
