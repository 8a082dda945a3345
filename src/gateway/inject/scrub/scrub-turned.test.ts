import { describe, expect, test } from 'vitest';
import { base32 } from '../../dlp/encodings.testing.ts';
import { createScrub } from './scrub.ts';

/** Forms of a secret that a host echoes on request. */

const SECRET = 'sk-live-Qm7Zp3XwLtR5vKd2HsN8bYc4';
const scrub = createScrub([SECRET]);
const bytes = Buffer.from(SECRET);
const backwards = (text: string): string => Array.from(text).toReversed().join('');

const scrubbed = (text: string): string => {
  const stream = scrub.stream();
  return [stream.push(Buffer.from(text)), stream.end()].map((part) => Buffer.from(part).toString()).join('');
};

describe('echoes of a lent secret', () => {
  test.each([
    ['backwards', backwards(SECRET)],
    ['in base64, backwards', backwards(bytes.toString('base64').replace(/=+$/, ''))],
    ['in hex, backwards', backwards(bytes.toString('hex'))],
    ['in capitals', SECRET.toUpperCase()],
    ['in small letters', SECRET.toLowerCase()],
    ['as numbers of bytes', [...bytes].join(',')],
    ['as numbers of bytes, with blanks', [...bytes].join(', ')],
    ['in octal', Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')],
    ['in base32', base32(bytes)],
    ['in base32, in small letters', base32(bytes).toLowerCase()],
  ])('are scrubbed: %s', (_, text) => {
    const answer = scrubbed(`{"echo": "${text}"}`);
    expect(answer).toHaveLength(`{"echo": "${text}"}`.length);
    // The last character of base32 has bits of the text behind.
    expect(answer.replaceAll(/\*+/g, '*')).toMatch(/^\{"echo": "\*.?"\}$/);
  });

  test('are scrubbed in base32 at any start in a longer text', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
      const text = base32(Buffer.from(`${before}${SECRET} and more`));
      expect(scrubbed(text).match(/\*+/)?.[0].length).toBeGreaterThanOrEqual(
        Math.floor((bytes.length * 8) / 5) - 1,
      );
    }
  });

  test('are scrubbed in a header name of HTTP/2, which is in lower case', () => {
    expect(scrub.text(`x-${SECRET.toLowerCase()}`)).toBe(`x-${'*'.repeat(SECRET.length)}`);
  });
});

test('texts without a secret pass unchanged in these forms', () => {
  const other = 'sk-live-Wn4Gt8JqLbV2cXz6FdR9hMk3';
  const text = [
    backwards(other),
    other.toUpperCase(),
    [...Buffer.from(other)].join(','),
    base32(Buffer.from(other)),
  ].join('\n');
  expect(scrubbed(text)).toBe(text);
});
