import { describe, expect, test } from 'vitest';
import { mostOpenFiles, openFilesWithin, mostUserProcesses, userProcessesWithin } from './process-limits.ts';

const limits = (hard: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units
Max open files            1024                 ${hard}                 files
`;

test('the process limit is as high as needed, within the allowed one', () => {
  expect(openFilesWithin(limits('1048576'))).toBe(65_536);
  expect(openFilesWithin(limits('unlimited'))).toBe(65_536);
  expect(openFilesWithin(limits('20000'))).toBe(20_000);
});

test('this process may ask for a limit', () => {
  expect(mostOpenFiles()).toBeGreaterThan(0);
  expect(mostOpenFiles()).toBeLessThanOrEqual(65_536);
});

describe('user processes', () => {
  const limits = (hard: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             63304                ${hard.padEnd(20)} processes \n`;

  test("a container's limit is at most this process's own and Podman's default", () => {
    expect(userProcessesWithin(limits('96365'))).toBe(96_365);
    expect(userProcessesWithin(limits('4194304'))).toBe(1_048_576);
    expect(userProcessesWithin(limits('unlimited'))).toBe(1_048_576);
    expect(userProcessesWithin('')).toBe(1_048_576);
  });

  test("this process's limit is read from the host", () => {
    expect(mostUserProcesses()).toBeGreaterThan(0);
  });
});
