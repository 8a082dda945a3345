import { expect, test } from 'vitest';
import { canBeStaged } from './stage.ts';

const GIB = 1024 ** 3;
const file = (size: number) => ({ kind: 'file', size, executable: false }) as const;

test('files are staged up to a size each, and up to a sum', () => {
  expect(canBeStaged(file(4 * GIB), 0)).toBe(true);
  expect(canBeStaged(file(4 * GIB + 1), 0)).toBe(false);
  expect(canBeStaged(file(4 * GIB), 12 * GIB)).toBe(true);
  expect(canBeStaged(file(1), 16 * GIB)).toBe(false);
  expect(canBeStaged(undefined, 0)).toBe(false);
});
