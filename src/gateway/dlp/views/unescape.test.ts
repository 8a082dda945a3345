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
  ['of HTML and JavaScript, with zeros', '&#000000000065;&#x0000000042;\\u{000000000043}', 'ABC'],
  ['zeros alone, as it stands', '&#0000000000 and so on', '&#0000000000 and so on'],
  ['octal, of C', '\\101\\102', 'AB'],
  ['octal, of echo -e', '\\0163\\0153', 'sk'],
  ['octal, of C, where it is no character with a digit behind it', '\\0618', '18'],
  ['tags, which nobody sees', '\\udb40\\udc73\\udb40\\udc6b', 'sk'],
  ['tags in JavaScript and HTML', '\\u{e0073}&#917611;', 'sk'],
  ['none', '\\9 % & \\', '\\9 % & \\'],
])('%s: %s', (_, written, meant) => {
  expect(undone(written)).toBe(meant);
});
