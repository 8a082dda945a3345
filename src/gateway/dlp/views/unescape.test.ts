import { expect, test } from 'vitest';
import { unescape } from './unescape.ts';

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
])('%s: %s', (_, written, meant) => {
  expect(undone(written)).toBe(meant);
});
