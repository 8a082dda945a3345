import { randomBytes } from 'node:crypto';

/**
 * A nonce is a word that occurs nowhere else: who hears it knows which attempt got through, whatever way it came.
 * Letters and digits only, shorter than a DNS label, so that it fits into a name, a path and a TLS extension.
 * `bbn` marks what an attempt sends, `bbl` what lies about on the host to be found: loot.
 */
const NONCE = /bb[nl][0-9a-f]{24}/gi;

/** A new word for an attempt to send. */
export const makeNonce = (): string => `bbn${randomBytes(12).toString('hex')}`;

/** A new word for an attempt to find. */
export const makeLoot = (): string => `bbl${randomBytes(12).toString('hex')}`;

/** All nonces in what was received, in lower case: a resolver may have mixed the case of a name. */
export function findNonces(received: string): string[] {
  return [...new Set(Array.from(received.matchAll(NONCE), ([word]) => word.toLowerCase()))];
}

/** A new word for each of these. */
export const nonceForEach = (ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, makeNonce()]));
