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
export function findSpellings(received: string): ReadonlyMap<string, ReadonlySet<number>> {
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
