import { expect, test } from 'vitest';
import { ATTEMPTS, CONTROLS } from './attempts.ts';

test('at least sixteen attempts are possible on a host with only IPv4', () => {
  const always = ATTEMPTS.filter(({ needs }) => needs === undefined || needs === 'ip4');
  expect(always.length).toBeGreaterThanOrEqual(16);
});

test('thirty attempts are shown, each once and without the controls', () => {
  const ids = [...ATTEMPTS, ...CONTROLS].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ATTEMPTS.length).toBe(30);
});
