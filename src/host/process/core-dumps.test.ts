import { expect, test } from 'vitest';
import { expectNoCore, leavesNoCore } from './core-dumps.ts';

test.each([
  ['1                    1                    bytes', true],
  ['0                    0                    bytes', true],
  ['0                    unlimited            bytes', false],
  ['1                    unlimited            bytes', false],
  ['unlimited            unlimited            bytes', false],
])('the core limit is read: %s', (limit, isNone) => {
  expect(leavesNoCore(`Limit Soft Limit Hard Limit Units\nMax core file size        ${limit}\n`)).toBe(
    isNone,
  );
});

test('an unknown core dump setting counts as allowed', () => {
  expect(leavesNoCore('')).toBe(false);
});

test('where no limit can be changed, the inherited one must be zero', () => {
  expect(() => expectNoCore('0\n')).not.toThrow();
  for (const said of ['unlimited\n', '1024\n', ''])
    expect(() => expectNoCore(said)).toThrow(/would leave its memory on disk/);
});
