import { expect, test } from 'vitest';
import { canBeStaged } from './stage.ts';

const GIB = 1024 ** 3;
const file = (size: number) => ({ kind: 'file', size, executable: false }) as const;

test('a file is staged up to its size, and all up to their sum', () => {
  expect(canBeStaged(file(4 * GIB), 0)).toBe(true);
  expect(canBeStaged(file(4 * GIB + 1), 0)).toBe(false);
  expect(canBeStaged(file(4 * GIB), 12 * GIB)).toBe(true);
  expect(canBeStaged(file(1), 16 * GIB)).toBe(false);
  expect(canBeStaged(undefined, 0)).toBe(false);
});
