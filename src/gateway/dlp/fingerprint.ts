import { createHmac, randomBytes } from 'node:crypto';

let key: Buffer | undefined;

/** Returns a copy of the key for the inspection thread, so that both threads give a value the same fingerprint. */
export function fingerprintKey(): Uint8Array {
  return new Uint8Array((key ??= randomBytes(32)));
}

/** Sets the key of another thread. Call it before the first fingerprint. */
export function useFingerprintKey(given: Uint8Array): void {
  key = Buffer.from(given);
}

/**
 * Identifies a value without revealing it: the first 12 hex digits of an HMAC-SHA256 with a key that only this process
 * has.
 */
export function fingerprintOf(value: string): string {
  key ??= randomBytes(32);
  return createHmac('sha256', key).update(value).digest('hex').slice(0, 12);
}
