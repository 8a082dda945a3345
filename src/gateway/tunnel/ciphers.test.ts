import { DEFAULT_CIPHERS } from 'node:tls';
import { expect, test } from 'vitest';
import { CIPHERS } from './ciphers.ts';

test('AES with 128 bits comes first, and all other ciphers of Node follow in their order', () => {
  const [first, ...others] = CIPHERS.split(':');
  expect(first).toBe('TLS_AES_128_GCM_SHA256');
  expect(others).toEqual(DEFAULT_CIPHERS.split(':').filter((name) => name !== first));
});
