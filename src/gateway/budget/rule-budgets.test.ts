import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { RuleBudgets } from './rule-budgets.ts';

const of = (name: string, maxBytes: number) => ({ budget: { name, maxBytes } });

test('a rule without a limit counts towards the bottle only', () => {
  const bottle = new Budget({});
  expect(new RuleBudgets(bottle).of({})).toBe(bottle);
});

test('the bytes of each name stay within its limit and that of the bottle, and all that fit pass', () => {
  const passing = fc.record({ name: fc.constantFrom('a', 'b', 'none'), bytes: fc.nat(300) });
  fc.assert(
    fc.property(fc.nat(900), fc.nat(900), fc.array(passing), (ofName, maxBytes, all) => {
      const budgets = new RuleBudgets(new Budget({ maxBytes }));
      const passed = { a: 0, b: 0, none: 0 };
      const tried = { a: 0, b: 0, none: 0 };
      for (const { name, bytes } of all) {
        tried[name] += bytes;
        const allowance = budgets.of(name === 'none' ? {} : of(name, ofName));
        const fits = (name === 'none' || tried[name] <= ofName) && tried.a + tried.b + tried.none <= maxBytes;
        const isPassed = allowance.pass(bytes) === undefined;
        expect(isPassed).toBe(fits);
        if (isPassed) passed[name] += bytes;
      }
      expect(Math.max(passed.a, passed.b)).toBeLessThanOrEqual(ofName);
      expect(passed.a + passed.b + passed.none).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

test('a used-up limit applies to its name only, and the reason names it', () => {
  const budgets = new RuleBudgets(new Budget({ maxRequests: 2 }));
  expect(budgets.of(of('a.test', 10)).pass(10)).toBeUndefined();
  expect(budgets.of(of('a.test', 10)).admit()).toEqual({
    limit: 'max_bytes',
    rule: 'gateway.rule-budget',
    reason: 'the rules of a.test have used up their max_bytes of 10',
  });
  expect(budgets.of(of('a.test', 20)).admit()).toBeUndefined();
  expect(budgets.of(of('b.test', 10)).admit()).toBeUndefined();
  expect(budgets.of(of('b.test', 10)).admit()).toMatchObject({
    rule: 'gateway.budget',
    limit: 'max_requests',
  });
});

test('tokens and requests count towards the bottle', () => {
  const budgets = new RuleBudgets(new Budget({ maxTokens: 10 }));
  const allowance = budgets.of(of('a.test', 10));
  expect([allowance.limitsTokens, allowance.limitsBytes]).toEqual([true, true]);
  allowance.use({ input: 5, output: 5 });
  expect(allowance.spent()).toMatchObject({ limit: 'max_tokens', rule: 'gateway.budget' });
});

test.each([NaN, -1])('a count or a limit of %d uses up the whole rule budget', (odd) => {
  const budgets = new RuleBudgets(new Budget({}));
  expect(budgets.of(of('a.test', odd)).spent()).toBeDefined();
  expect(budgets.of(of('b.test', 10)).pass(odd)).toBeDefined();
  expect(budgets.of(of('b.test', 10)).spent()).toBeDefined();
});
