import { describe, expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';
import { openEscape } from './open-escape.ts';

const SECRET = 'q7HX4nzK2vbW6ymD3tpA5rgC7fsJ2ueO';
const ZEROS = '0'.repeat(14);
const CUT = '\n';

test.each([
  ['a%', 1],
  ['a%6', 2],
  ['a\\u{67', 5],
  [`a\\u{${ZEROS}`, 17],
  [`a\\u{${ZEROS}6`, 18],
  [`a&#${ZEROS}`, 16],
  [`a&#x${ZEROS}6`, 18],
  [`a${ZEROS}`, 0],
  ['', 0],
  [ZEROS, 0],
])('%s ends in %i characters of one', (text, length) => {
  expect(openEscape(Buffer.from(text))).toBe(length);
});

describe('a value of which each character is escaped with zeros, and cut within them', () => {
  test.each([
    ['HTML', (code: number) => `&#x${ZEROS}${code.toString(16)};`, /&#x0*([\da-f]+);/g],
    ['JavaScript', (code: number) => `\\u{${ZEROS}${code.toString(16)}}`, /\\u\{0*([\da-f]+)\}/g],
  ] as const)('%s', (_, escape, pattern) => {
    const inspector = createInspector({ secrets: [{ name: 's', value: SECRET, kind: 'secret' }], rules: [] });
    const body = inspector.body({ host: 'h.example', where: 'body', action: 'block' });
    const cut = Array.from(SECRET, (letter) => escape(letter.charCodeAt(0)))
      .join('')
      .replaceAll(ZEROS, `${ZEROS.slice(1)}${CUT}0`)
      .split(CUT);
    const released = Buffer.concat(cut.map((piece) => body.push(Buffer.from(piece)).release)).toString();
    const told = Array.from(released.matchAll(pattern));
    expect(told.length).toBeLessThan(8);
  });
});
