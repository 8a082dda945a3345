import { findSpellings } from '../nonce.ts';

/** What came to a listener at once, as on one connection: the words in it, with their spellings, and how it came. */
export interface Message {
  readonly way: string;
  readonly words: ReadonlyMap<string, ReadonlySet<number>>;
}

/** What listeners remember. */
export interface Ears {
  /** A new message, which came in this way; the function takes what came of it, as often as more came. */
  readonly begin: (way: string) => (text: string) => void;
  /** The ways by which a word came, sorted, and in which spelling, where it has several; empty when it did not. */
  readonly heard: (word: string) => readonly string[];
  /** All that had a word in them. */
  readonly messages: readonly Message[];
}

/** Which words of ours came, and which of them together. */
export function openEars(): Ears {
  const messages: (Message & { readonly words: Map<string, Set<number>> })[] = [];
  return {
    begin: (way) => {
      const words = new Map<string, Set<number>>();
      return (text) => {
        const found = findSpellings(text);
        if (words.size === 0 && found.size > 0) messages.push({ way, words });
        for (const [word, numbers] of found) {
          words.set(word, new Set([...(words.get(word) ?? []), ...numbers]));
        }
      };
    },
    heard: (word) =>
      waysOf(
        messages.filter(({ words }) => words.has(word)),
        word,
      ),
    messages,
  };
}

/** The ways by which this word came in these messages, each once, sorted, with the spellings that came by it. */
export function waysOf(messages: readonly Message[], word: string): readonly string[] {
  const ways = new Map<string, Set<number>>();
  for (const { way, words } of messages) {
    ways.set(way, new Set([...(ways.get(way) ?? []), ...(words.get(word) ?? [])]));
  }
  const told = ([way, numbers]: readonly [string, ReadonlySet<number>]): string =>
    numbers.size === 0 ? way : `${way} (spelling ${[...numbers].sort((a, b) => a - b).join(', ')})`;
  return [...ways].map(told).sort();
}
