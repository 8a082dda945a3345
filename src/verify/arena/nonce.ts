import { randomBytes } from 'node:crypto';

/**
 * A nonce is a word that occurs nowhere else: a listener that hears it knows which attempt got through, by whatever
 * way. Letters and digits only, shorter than a DNS label, so that it fits into a name, a path and a TLS extension.
 * `bbn` marks words that attempts send; `bbl` marks loot, which lies on the host to be found.
 */
const NONCE = /(bb[nl][0-9a-f]{24})(?:v(\d{1,3}))?/gi;

/** Returns a new word for an attempt to send. */
export const makeNonce = (): string => `bbn${randomBytes(12).toString('hex')}`;

/** Returns a new word for an attempt to find. */
export const makeLoot = (): string => `bbl${randomBytes(12).toString('hex')}`;

/** Returns all nonces in received text, in lower case, because a resolver may change the case of a name. */
export function findNonces(received: string): string[] {
  return [...findSpellings(received).keys()];
}

/**
 * Returns all nonces, each with the numbers after it: which spellings came, for attempts that try several. See
 * src/verify/guest/wire.ts.
 */
function findSpellings(received: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  for (const [, word = '', number] of received.matchAll(NONCE)) {
    const numbers = found.get(word.toLowerCase()) ?? new Set();
    found.set(word.toLowerCase(), numbers);
    if (number !== undefined) numbers.add(Number(number));
  }
  return found;
}

/** Returns a new word for each id. */
export const nonceForEach = (ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, makeNonce()]));

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
