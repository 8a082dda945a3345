import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBudget } from './budget.ts';

test('a host, then all of them', () => {
  const budget = createBudget({ bytesPerHost: 10, bytesPerBottle: 15 });
  expect(budget.take('a', 10)).toBe('ok');
  expect(budget.take('a', 1)).toEqual({ exceeded: 'host', limitBytes: 10 });
  expect(budget.take('b', 6)).toEqual({ exceeded: 'bottle', limitBytes: 15 });
  expect(budget.take('b', 5)).toBe('ok');
});

test('no order of takes gets more than the limits through', () => {
  const takes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(20)));
  fc.assert(
    fc.property(takes, (list) => {
      const budget = createBudget({ bytesPerHost: 30, bytesPerBottle: 50 });
      const went = list.filter(([host, bytes]) => budget.take(host, bytes) === 'ok');
      const sum = (host?: string) =>
        went.reduce((total, [to, bytes]) => total + (host === undefined || to === host ? bytes : 0), 0);
      expect(sum()).toBeLessThanOrEqual(50);
      for (const host of ['a', 'b', 'c']) expect(sum(host)).toBeLessThanOrEqual(30);
    }),
  );
});
