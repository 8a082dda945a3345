import { expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';
import { openEscape } from './open-escape.ts';

const SECRET = 'q7HX4nzK2vbW6ymD3tpA5rgC7fsJ2ueO';
const ZEROS = '0'.repeat(14);
const CUT = '\n';

test.each([
  ['a%', 1],
  ['a%6', 2],
  ['a\\u006', 5],
  ['a\\x6', 3],
  [`a&#${ZEROS}`, 16],
  [`a&#x${ZEROS}6`, 18],
  [`a${ZEROS}`, 0],
  ['', 0],
  [ZEROS, 0],
])('%s ends in %i characters of one', (text, length) => {
  expect(openEscape(Buffer.from(text))).toBe(length);
});

test('a value of which each character is escaped with zeros, and cut within them, is refused', () => {
  const inspector = createInspector({ secrets: [{ name: 's', value: SECRET, kind: 'secret' }], rules: [] });
  const body = inspector.body({ host: 'h.example', where: 'body', action: 'block' });
  const cut = Array.from(SECRET, (letter) => `&#x${ZEROS}${letter.charCodeAt(0).toString(16)};`)
    .join('')
    .replaceAll(ZEROS, `${ZEROS.slice(1)}${CUT}0`)
    .split(CUT);
  const released = Buffer.concat(cut.map((piece) => body.push(Buffer.from(piece)).release)).toString();
  expect(Array.from(released.matchAll(/&#x0*([\da-f]+);/g)).length).toBeLessThan(8);
});
