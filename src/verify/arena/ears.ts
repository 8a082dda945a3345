import { findNonces } from './nonce.ts';

/** What came to a listener at once, as on one connection: the words in it, and how it came. */
export interface Message {
  readonly way: string;
  readonly words: ReadonlySet<string>;
}

/** What listeners remember. */
export interface Ears {
  /** A new message, which came in this way; the function takes what came of it, as often as more came. */
  readonly begin: (way: string) => (text: string) => void;
  /** The ways by which a word came, sorted; empty when it did not. */
  readonly heard: (word: string) => readonly string[];
  /** All that had a word in them. */
  readonly messages: readonly Message[];
}

/** Which words of ours came, and which of them together. */
export function openEars(): Ears {
  const messages: (Message & { readonly words: Set<string> })[] = [];
  return {
    begin: (way) => {
      const words = new Set<string>();
      return (text) => {
        const found = findNonces(text);
        if (words.size === 0 && found.length > 0) messages.push({ way, words });
        for (const word of found) words.add(word);
      };
    },
    heard: (word) => waysOf(messages.filter(({ words }) => words.has(word))),
    messages,
  };
}

/** The ways of these messages, each once, sorted. */
export const waysOf = (messages: readonly Message[]): readonly string[] =>
  [...new Set(messages.map(({ way }) => way))].sort();
