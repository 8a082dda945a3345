import { waysOf, type Message } from '../arena/listeners/ears.ts';
import { parseAgentMessage } from '../inside/agent-messages.ts';

/**
 * Several attempts look for the same word of loot. What brings it home bears the nonce of the attempt, so that it is known
 * which of them found it. A program that lies about that accuses another attempt, and never clears all of them. Pure.
 */

/** An attempt in its bottle. */
export interface Seeker {
  readonly id: string;
  readonly nonce: string;
}

export interface Search {
  readonly word: string;
  readonly own: Seeker;
  /** All others that look for this word. */
  readonly others: readonly Seeker[];
}

/** The ways by which listeners heard the word because of this attempt. */
export const heardFor = (search: Search, messages: readonly Message[]): readonly string[] =>
  waysOf(
    ownOf(
      search,
      messages.filter(({ words }) => words.has(search.word)),
      ({ words }, { nonce }) => words.has(nonce),
    ),
    search.word,
  );

/** Whether the program, in all that it said, had the word because of this attempt. */
export const saidFor = (search: Search, said: string): boolean =>
  ownOf(
    search,
    said.split('\n').filter((line) => line.includes(search.word)),
    (line, { id }) => attemptOf(line) === id,
  ).length > 0;

/** Of all finds those that name this attempt; all of them, where none names any that looks for it: a find must not get lost. */
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
