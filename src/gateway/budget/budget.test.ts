import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget } from './budget.ts';

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const TOKENS = { input: 30, output: 20 };

test('a budget without limits is never used up', () => {
  const budget = new Budget({});
  expect([budget.admit(), budget.pass(1e15), budget.admit()]).toEqual([undefined, undefined, undefined]);
});

test('a budget allows exactly its maximum of requests', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(40), (maxRequests, asked) => {
      const budget = new Budget({ maxRequests });
      const admitted = Array.from({ length: asked }, () => budget.admit()).filter((one) => one === undefined);
      expect(admitted.length).toBe(Math.min(maxRequests, asked));
    }),
  );
});

test('a budget never passes more bytes than its limit, and passes all that fit', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.array(fc.nat(300)), (maxBytes, pieces) => {
      const budget = new Budget({ maxBytes });
      let passed = 0;
      for (const bytes of pieces) {
        if (budget.pass(bytes) !== undefined) break;
        passed += bytes;
      }
      const sums = pieces.map((_, index) => sumOf(pieces.slice(0, index + 1)));
      expect(passed).toBe(Math.max(0, ...sums.filter((sum) => sum <= maxBytes)));
    }),
  );
});

test('a budget without remaining bytes allows no request', () => {
  const budget = new Budget({ maxBytes: 10 });
  expect(budget.pass(10)).toBeUndefined();
  expect(budget.admit()).toEqual({
    limit: 'max_bytes',
    rule: 'gateway.budget',
    reason: 'the bottle has used up its max_bytes of 10',
  });
});

test('a budget refuses the next request once an answer has used up the tokens', () => {
  const budget = new Budget({ maxTokens: 100 });
  for (let count = 0; count < 2; count += 1) {
    expect(budget.admit()).toBeUndefined();
    budget.use(TOKENS);
  }
  expect(budget.admit()).toMatchObject({ limit: 'max_tokens' });
});

test('a budget gives back tokens that an estimate overcounted, and no more than it counted', () => {
  const budget = new Budget({ maxTokens: 100 });
  budget.use({ input: 30, output: 70 });
  expect(budget.admit()).toBeDefined();
  budget.use({ input: 0, output: -50 });
  expect(budget.admit()).toBeUndefined();
  budget.use({ input: 0, output: -51 });
  expect(budget.admit()).toMatchObject({ limit: 'max_tokens' });
});

test.each([NaN, -1, -Infinity])('a count of %d uses up the whole budget', (count) => {
  const bytes = new Budget({ maxBytes: 10 });
  expect(bytes.pass(count)).toBeDefined();
  expect(bytes.admit()).toBeDefined();
  const tokens = new Budget({ maxTokens: 10 });
  tokens.use({ input: 0, output: count });
  expect(tokens.admit()).toBeDefined();
});

test.each([NaN, 0, -1])('a limit of %d allows nothing', (limit) => {
  expect(new Budget({ maxRequests: limit }).admit()).toBeDefined();
  expect(new Budget({ maxBytes: limit }).admit()).toBeDefined();
  expect(new Budget({ maxTokens: limit }).admit()).toBeDefined();
  expect(new Budget({ maxBytes: limit }).pass(1)).toBeDefined();
});
