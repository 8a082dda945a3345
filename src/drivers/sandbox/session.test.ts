import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { guestSignal } from './session.ts';

const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

test.each(FORWARDED)('%s has in a bottle the number that it has here, on Linux', (name) => {
  expect(guestSignal(name)).toBe(constants.signals[name]);
});

test('one that nobody forwards is a mistake of ours', () => {
  expect(() => guestSignal('SIGSEGV')).toThrow('SIGSEGV');
});
