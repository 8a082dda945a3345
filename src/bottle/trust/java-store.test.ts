import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { javaStore } from './java-store.ts';

const pem = (text: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString('base64')}\n-----END CERTIFICATE-----\n`;

test('a store for Java holds each certificate once, and a digest that Java accepts', () => {
  const store = Buffer.from(javaStore(`${pem('first')}# a comment\n${pem('second')}`));
  const body = store.subarray(0, -20);
  expect([0, 4, 8].map((at) => body.readUInt32BE(at))).toEqual([0xfeedfeed, 2, 2]);
  for (const der of ['first', 'second']) {
    const entry = Buffer.concat([
      Buffer.from('\0\x05X.509\0\0\0'),
      Buffer.from([der.length]),
      Buffer.from(der),
    ]);
    expect(body.indexOf(entry)).toBeGreaterThan(0);
    expect(body.indexOf(entry)).toBe(body.lastIndexOf(entry));
  }
  const password = Buffer.from('\0c\0h\0a\0n\0g\0e\0i\0tMighty Aphrodite');
  expect(store.subarray(-20)).toEqual(createHash('sha1').update(password).update(body).digest());
});

test('a store without certificates is valid too', () => expect(javaStore('')).toHaveLength(12 + 20));
