import { expect, test } from 'vitest';
import { showDiff } from './diff.ts';

test('changed bytes that are not UTF-8 are shown escaped, and UTF-8 lines stay', () => {
  const diff = Buffer.concat([
    Buffer.from(' ü\n-caf'),
    Buffer.from([0xe9]),
    Buffer.from('\n+caf'),
    Buffer.from([0xe8, 0x0a]),
  ]);
  expect(showDiff(diff)).toBe(' ü\n-caf\\xe9\n+caf\\xe8\n');
});

test('no byte of a diff acts on a terminal', () => {
  expect(showDiff(Buffer.from([0x9b, 0x31, 0x6d, 0x1b, 0x0a]))).toBe('\\x9b1m\\u{1b}\n');
});
