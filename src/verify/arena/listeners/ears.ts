import { findSpellings } from '../nonce.ts';

/** What came to a listener at once, such as on one connection: its words with their spellings, and its way. */
export interface Message {
  readonly way: string;
  readonly words: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The record of what listeners received. */
export interface Ears {
  /** Begins a message that came by this way; the returned function takes its text, again whenever more has come. */
  readonly begin: (way: string) => (text: string) => void;
  /** Returns the ways by which a word came, sorted, with its spelling if it has several; empty if it did not come. */
  readonly heard: (word: string) => readonly string[];
  /** All messages that contained a word. */
  readonly messages: readonly Message[];
}

/** Records which of our words came, and which came together. */
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

/** Returns the ways by which this word came in these messages, each once, sorted, with the spellings. */
export function waysOf(messages: readonly Message[], word: string): readonly string[] {
  const ways = new Map<string, Set<number>>();
  for (const { way, words } of messages) {
    ways.set(way, new Set([...(ways.get(way) ?? []), ...(words.get(word) ?? [])]));
  }
  const told = ([way, numbers]: readonly [string, ReadonlySet<number>]): string =>
    numbers.size === 0 ? way : `${way} (spelling ${[...numbers].sort((a, b) => a - b).join(', ')})`;
  return [...ways].map(told).sort();
}
