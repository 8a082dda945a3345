import { randomBytes } from 'node:crypto';

/**
 * A nonce is a word that occurs nowhere else: who hears it knows which attempt got through, whatever way it came.
 * Letters and digits only, shorter than a DNS label, so that it fits into a name, a path and a TLS extension.
 * `bbn` marks what an attempt sends, `bbl` what lies about on the host to be found: loot.
 */
const NONCE = /(bb[nl][0-9a-f]{24})(?:v(\d{1,3}))?/gi;

/** A new word for an attempt to send. */
export const makeNonce = (): string => `bbn${randomBytes(12).toString('hex')}`;

/** A new word for an attempt to find. */
export const makeLoot = (): string => `bbl${randomBytes(12).toString('hex')}`;

/** All nonces in what was received, in lower case: a resolver may have mixed the case of a name. */
export function findNonces(received: string): string[] {
  return [...findSpellings(received).keys()];
}

/** The same, each with the numbers behind it: of an attempt that tries several spellings, which it was. See src/verify/guest/wire.ts. */
export function findSpellings(received: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  for (const [, word = '', number] of received.matchAll(NONCE)) {
    const numbers = found.get(word.toLowerCase()) ?? new Set();
    found.set(word.toLowerCase(), numbers);
    if (number !== undefined) numbers.add(Number(number));
  }
  return found;
}

/** A new word for each of these. */
export const nonceForEach = (ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, makeNonce()]));
