import { describe, expect, test } from 'vitest';
import { mostOpenFiles, openFilesWithin, mostUserProcesses, userProcessesWithin } from './process-limits.ts';

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

describe('user processes', () => {
  const limits = (hard: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             63304                ${hard.padEnd(20)} processes \n`;

  test('a container may be given as many processes as this one may have, and at most what Podman gives', () => {
    expect(userProcessesWithin(limits('96365'))).toBe(96_365);
    expect(userProcessesWithin(limits('4194304'))).toBe(1_048_576);
    expect(userProcessesWithin(limits('unlimited'))).toBe(1_048_576);
    expect(userProcessesWithin('')).toBe(1_048_576);
  });

  test('on this host the limit of this process is read', () => {
    expect(mostUserProcesses()).toBeGreaterThan(0);
  });
});
