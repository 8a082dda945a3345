import { expect, test } from 'vitest';
import { leavesNoCore } from './core-dumps.ts';

test.each([
  ['1                    1                    bytes', true],
  ['0                    0                    bytes', true],
  ['0                    unlimited            bytes', false],
  ['1                    unlimited            bytes', false],
  ['unlimited            unlimited            bytes', false],
])('%s', (limit, isNone) => {
  expect(leavesNoCore(`Limit Soft Limit Hard Limit Units\nMax core file size        ${limit}\n`)).toBe(
    isNone,
  );
});

test('what is not said counts as allowed', () => {
  expect(leavesNoCore('')).toBe(false);
});
