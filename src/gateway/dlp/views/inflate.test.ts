import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { pass, SECRET } from '../passing.testing.ts';

const WINDOW_BITS = [9, 10, 11, 12, 13, 14, 15];
const PLACES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'all of a body': (bytes) => bytes,
  'in base64': (bytes) => Buffer.from(`{"file":"${bytes.toString('base64')}"}`),
  'in base64, as one of two': (bytes) =>
    Buffer.from(`{"hello":"${bytes.toString('base64')}","more":"${bytes.toString('base64url')}"}`),
  'in hex': (bytes) => Buffer.from(`{"x":"${bytes.toString('hex')}"}`),
  'in base64, in base64': (bytes) => Buffer.from(Buffer.from(bytes.toString('base64')).toString('base64')),
};

describe('unannounced streams of zlib', () => {
  test.each(Object.keys(PLACES))('are found with any window and level: %s', (place) => {
    for (const windowBits of WINDOW_BITS) {
      for (const level of [1, 5, 6, 9]) {
        const bytes = deflateSync(`what is said: ${SECRET}`, { windowBits, level });
        const { findings, blocked } = pass([PLACES[place]!(bytes)]);
        expect([windowBits, level, blocked, findings.some(({ id }) => id === 'API_KEY')]).toEqual([
          windowBits,
          level,
          true,
          true,
        ]);
      }
    }
  });

  test('are found with the smallest window', () => {
    const bytes = deflateSync(SECRET);
    // RFC 1950, 2.2: a window of 256 bytes, which zlib reads and never writes.
    bytes.set([0x08, 0x1d]);
    for (const place of Object.values(PLACES)) expect(pass([place(bytes)]).blocked).toBe(true);
  });
});
