import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { guestSignal } from './session.ts';

const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

test.each(FORWARDED)('the signal %s has the same number in a bottle as here, on Linux', (name) => {
  expect(guestSignal(name)).toBe(constants.signals[name]);
});

test('a signal that is never forwarded is a bug', () => {
  expect(() => guestSignal('SIGSEGV')).toThrow('SIGSEGV');
});
