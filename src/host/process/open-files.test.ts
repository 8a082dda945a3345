import { expect, test } from 'vitest';
import { mostOpenFiles, openFilesWithin } from './open-files.ts';

const limits = (hard: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units
Max open files            1024                 ${hard}                 files
`;

test('as many as are enough, and no more than may be asked for', () => {
  expect(openFilesWithin(limits('1048576'))).toBe(65_536);
  expect(openFilesWithin(limits('unlimited'))).toBe(65_536);
  expect(openFilesWithin(limits('20000'))).toBe(20_000);
});

test('this one may ask for some', () => {
  expect(mostOpenFiles()).toBeGreaterThan(0);
  expect(mostOpenFiles()).toBeLessThanOrEqual(65_536);
});
