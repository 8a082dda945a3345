import { expect, test } from 'vitest';
import { ATTEMPTS, CONTROLS } from './attempts.ts';

test('at least sixteen attempts are made on a host with nothing but IPv4', () => {
  const always = ATTEMPTS.filter(({ needs }) => needs === undefined || needs === 'ip4');
  expect(always.length).toBeGreaterThanOrEqual(16);
});

test('thirty are shown, each once, and none is a control', () => {
  const ids = [...ATTEMPTS, ...CONTROLS].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ATTEMPTS.length).toBe(30);
});
