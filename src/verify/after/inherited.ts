import type { AgentMessage } from '../inside/agent-messages.ts';

/** What is said in the first bottle of attempts in two parts: the second, in the next one, says what they met. `ids` are theirs. */

/** The probes that the first bottle says were left there: what was not, nobody finds. Pure. */
export const leftIn = (words: readonly AgentMessage[], ids: readonly string[]): readonly string[] =>
  words.flatMap((word) => (word.kind === 'attempt' && ids.includes(word.attempt) ? [word.attempt] : []));

/** What the first bottle says of all else: that something was left there is not that it was looked for. Pure. */
export const withoutLeft = (
  words: readonly AgentMessage[],
  ids: readonly string[],
): readonly AgentMessage[] => words.filter((word) => word.kind !== 'attempt' || !ids.includes(word.attempt));
