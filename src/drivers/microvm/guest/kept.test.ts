import { expect, test } from 'vitest';
import { lockOf, partOfStaging, stagingOf } from './kept.ts';

test('what is made in a folder is known by its name, and nothing else is taken for one', () => {
  const path = '/cache/bases/image-1.erofs';
  expect(partOfStaging(stagingOf(path))).toBe(path);
  expect(lockOf(path)).toBe('image-1.erofs');
  for (const other of [path, `${path}.sha256`, '/cache/kernels/newest.txt'])
    expect(partOfStaging(other)).toBeUndefined();
});
