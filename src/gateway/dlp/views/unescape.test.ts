import { expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';
import { openEscape, unescape } from './unescape.ts';

const undone = (text: string): string => {
  const bytes = Buffer.from(text);
  const plain = unescape(bytes, [{ start: 0, end: bytes.length }]);
  return Buffer.from(plain ?? bytes).toString();
};

test.each([
  ['percent signs', '%41b%43', 'AbC'],
  ['of JSON', '\\u0041\\n\\/', 'A\n/'],
  ['of JSON, of two halves', '\\ud83d\\ude00', '\u{1f600}'],
  ['of HTML', '&#65;&#x42;&amp;', 'AB&'],
  ['of HTML, with zeros', '&#000000000065;&#x0000000042;', 'AB'],
  ['zeros alone, as it stands', '&#0000000000 and so on', '&#0000000000 and so on'],
  ['of bytes in programs', '\\x41\\x62', 'Ab'],
  ['none', '\\9 %u0041 & \\', '\\9 %u0041 & \\'],
])('undoes escapes, %s: %s', (_, written, meant) => {
  expect(undone(written)).toBe(meant);
});

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
])('%s ends in an incomplete escape of %i characters', (text, length) => {
  expect(openEscape(Buffer.from(text))).toBe(length);
});

test('refuses a value whose characters are all escaped with leading zeros and cut within the zeros', () => {
  const inspector = createInspector({ secrets: [{ name: 's', value: SECRET, kind: 'secret' }], rules: [] });
  const body = inspector.body({ host: 'h.example', where: 'body', action: 'block' });
  const cut = Array.from(SECRET, (letter) => `&#x${ZEROS}${letter.charCodeAt(0).toString(16)};`)
    .join('')
    .replaceAll(ZEROS, `${ZEROS.slice(1)}${CUT}0`)
    .split(CUT);
  const released = Buffer.concat(cut.map((piece) => body.push(Buffer.from(piece)).release)).toString();
  expect(Array.from(released.matchAll(/&#x0*([\da-f]+);/g)).length).toBeLessThan(8);
});
