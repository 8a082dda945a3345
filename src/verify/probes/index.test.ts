import { expect, test } from 'vitest';
import { PROBES } from './index.ts';

const ids = PROBES.map(({ id }) => id);

test('ids are unique, and attempts fit into a table of 100 columns', () => {
  expect(new Set(ids).size).toBe(ids.length);
  for (const { attack } of PROBES) expect(attack.length).toBeLessThanOrEqual(60);
});

test('each probe says in a sentence what holds, and its source', () => {
  for (const { claim, source, breach } of PROBES) {
    expect(claim).toMatch(/^[A-Z].*\.$/);
    expect(source.length * breach.length).toBeGreaterThan(0);
  }
});
