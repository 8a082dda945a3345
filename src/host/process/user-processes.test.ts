import { expect, test } from 'vitest';
import { mostUserProcesses, userProcessesWithin } from './user-processes.ts';

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
