import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Policy, Rule } from '../config.ts';
import { decide, type Request } from './decide.ts';
import { isNarrower } from './narrower.ts';

/** Properties of policies in which some rules lend an identity. */

const TARGET = { port: 443, scheme: 'https' } as const;
const LENT = { secret: 's', slot: { kind: 'bearer' } } as const;
const GLOBS = ['/a/**', '/a', '/b/**', '/**', '/a/*'];

const host = fc.constantFrom('a.example', 'b.a.example');
const more: fc.Arbitrary<Partial<Rule>> = fc.record(
  {
    methods: fc.subarray(['GET', 'POST'], { minLength: 1 }),
    paths: fc.subarray(GLOBS, { minLength: 1 }),
    websocket: fc.constant(true as const),
    addresses: fc.constant(['10.0.0.1']),
  },
  { requiredKeys: [] },
);
const rule: fc.Arbitrary<Rule> = fc
  .tuple(
    fc.oneof(
      fc.record({ host: fc.oneof(host, fc.constantFrom('*.example', '*.a.example')) }),
      fc.record({ host, inject: fc.constant(LENT) }),
    ),
    more,
  )
  .map(([named, rest]) => ({
    id: JSON.stringify([named, rest]),
    ...TARGET,
    opensTls: true,
    ...named,
    ...rest,
  }));
const rules = fc.array(rule, { maxLength: 4 });
const request: fc.Arbitrary<Request> = fc.record({
  port: fc.constant(443),
  scheme: fc.constant('https' as const),
  host,
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom('/', '/a', '/a/b', '/b/../a', '//a/b', '/a%2fb', '/b//x', '/b/%252e%252e/a'),
  hasBody: fc.boolean(),
  isWebSocket: fc.boolean(),
  isOverridden: fc.boolean(),
  secondPaths: fc.constantFrom(undefined, ['/a/x'], ['https://other.example/x']),
});
const policyOf = (allow: readonly Rule[]): Policy => ({ allow, deny: [] });

test('the order of rules does not change who gets an identity', () => {
  const two = [{ addresses: ['10.0.0.1'] }, {}].map((rest): Rule => ({
    id: JSON.stringify(rest),
    ...TARGET,
    host: 'b.a.example',
    inject: LENT,
    ...rest,
  }));
  const wide: Rule = { id: 'wide', ...TARGET, host: '*.example' };
  const override = { ...TARGET, host: 'b.a.example', method: 'GET', path: '/', isOverridden: true };
  fc.assert(
    fc.property(rules, request, (allow, asked) => {
      expect(decide(policyOf(allow.toReversed()), asked)).toEqual(decide(policyOf(allow), asked));
    }),
    { numRuns: runs(2_000), examples: [[[...two, wide], override]] },
  );
});

/** WebSockets by a wider rule, and then by a rule for the host that another rule lends an identity to. */
const WEBSOCKETS = {
  before: [
    { id: '1', ...TARGET, opensTls: true, host: '*.example', websocket: true },
    { id: '2', ...TARGET, opensTls: true, host: 'a.example', inject: LENT },
  ] satisfies Rule[],
  others: [{ id: '3', ...TARGET, opensTls: true, host: 'a.example', websocket: true }] satisfies Rule[],
  asked: { ...TARGET, host: 'a.example', method: 'GET', path: '/', isWebSocket: true },
};

test('a narrower policy allows nothing more, and lends no other identity', () => {
  const { before, others, asked } = WEBSOCKETS;
  fc.assert(
    fc.property(rules, rules, request, (old, added, sent) => {
      const next = policyOf([...old.slice(1), ...added.slice(0, 1)]);
      fc.pre(isNarrower(next, policyOf(old)));
      const { grant } = decide(next, sent);
      const granted = decide(policyOf(old), sent).grant;
      expect([grant === undefined || granted !== undefined, grant && grant.inject]).toEqual([
        true,
        grant && granted?.inject,
      ]);
    }),
    {
      numRuns: runs(2_000),
      // This removes the first rule, which the second repeats.
      examples: [[[before[0]!, ...before], others, asked]],
    },
  );
});
