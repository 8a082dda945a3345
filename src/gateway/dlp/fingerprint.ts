import { createHmac, randomBytes } from 'node:crypto';

let key: Buffer | undefined;

/** The key, for the gateway's other thread, which then names values alike. */
export function fingerprintKey(): Uint8Array {
  return new Uint8Array((key ??= randomBytes(32)));
}

/** Takes another thread's key, before anything is named. */
export function useFingerprintKey(given: Uint8Array): void {
  key = Buffer.from(given);
}

/** Names a value without telling it: HMAC-SHA256 with a key that only this process has, 12 hex digits of it. */
export function fingerprintOf(value: string): string {
  key ??= randomBytes(32);
  return createHmac('sha256', key).update(value).digest('hex').slice(0, 12);
}
