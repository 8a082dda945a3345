import { join } from 'node:path';
import { expect, test } from 'vitest';
import { basesDir, kernelsDir, lockOf, partOfStaging, savedDir, stagingOf } from './kept.ts';

test('what is made in a folder is known by its name, and nothing else is taken for one', () => {
  const path = join(basesDir(), 'image-1.erofs');
  expect(partOfStaging(stagingOf(path))).toBe(path);
  expect(lockOf(path)).toBe('image-1.erofs');
  const others = [path, `${path}.sha256`, join(kernelsDir(), 'newest.txt'), stagingOf(join(savedDir(), 'a'))];
  for (const other of others) expect(partOfStaging(other)).toBeUndefined();
});
