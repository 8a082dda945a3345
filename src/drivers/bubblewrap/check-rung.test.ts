import { expect, test } from 'vitest';
import { isOlder } from './check-rung.ts';

test.each([
  ['0.6.1', true],
  ['0.7.0', true],
  ['0.8.0', false],
  ['0.12.0', false],
  ['1.0.0', false],
])('%s is too old: %s', (version, old) => {
  expect(isOlder(version)).toBe(old);
});
