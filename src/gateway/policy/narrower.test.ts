import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Policy, Rule } from '../config.ts';
import { decide, type Request } from './decide.ts';
import { isNarrower } from './narrower.ts';

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const rule = fc
  .record({
    id: fc.constantFrom('r0', 'r1', 'r2'),
    host: fc.constantFrom('a.example', 'b.example', '*.example'),
    port: fc.constantFrom(443, 8443),
    scheme: fc.constantFrom('https', 'tcp'),
    methods: some(fc.subarray(['GET', 'POST'], { minLength: 1 })),
    paths: some(fc.subarray(['/one', '/two/**'], { minLength: 1 })),
    opensTls: some(fc.constant(true)),
    websocket: some(fc.constant(true)),
    dlp: some(
      fc.constantFrom('block', 'warn', {
        secret: 'block',
        canary: 'warn',
        pattern: 'warn',
        undecodable: 'refuse',
      }),
    ),
  })
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)))
  .map((parts) => parts as unknown as Rule);
const policy: fc.Arbitrary<Policy> = fc.record({
  allow: fc.array(rule, { maxLength: 4 }),
  deny: fc.array(rule, { maxLength: 2 }),
});
const request: fc.Arbitrary<Request> = fc.record({
  host: fc.constantFrom('a.example', 'b.example', 'c.b.example'),
  port: fc.constantFrom(443, 8443),
  scheme: fc.constantFrom('https' as const, 'tcp' as const),
  method: some(fc.constantFrom('GET', 'POST')),
  path: fc.constantFrom('/one', '/two/x', '/three'),
  isWebSocket: fc.boolean(),
  hasBody: fc.boolean(),
  isOverridden: fc.boolean(),
  secondPaths: some(fc.constant(['/one'])),
});

/** A rule that seems to deny more, with one limit less. */
function denyingMore(rule: Rule, change: string | undefined): Rule {
  const { paths: _, ...anyPath } = rule;
  return change === 'drop' ? anyPath : rule;
}

/** A policy, and one that may be narrower: rules removed, limited, or denied. */
const twoPolicies = fc.oneof(
  fc.tuple(policy, policy),
  fc
    .tuple(policy, fc.array(fc.constantFrom('keep', 'drop', 'bind'), { minLength: 4, maxLength: 4 }), rule)
    .map(([before, changes, denied]): [Policy, Policy] => {
      const deny = before.deny.map((one, index) => denyingMore(one, changes[index]));
      const allow = before.allow.flatMap((one, index) => {
        if (changes[index] === 'drop') return [];
        return changes[index] === 'bind' ? [{ ...one, methods: ['GET'], opensTls: true as const }] : [one];
      });
      return [before, { allow, deny: [...deny, denied] }];
    }),
);

test('the old policy allows everything that a narrower one allows', () => {
  let narrower = 0;
  fc.assert(
    fc.property(twoPolicies, fc.array(request, { minLength: 1, maxLength: 20 }), ([before, next], asked) => {
      if (!isNarrower(next, before)) return;
      narrower += 1;
      const isAllowed = (by: Policy) => (one: Request) => decide(by, one).verdict === 'allow';
      const allowed = asked.filter(isAllowed(next));
      expect(allowed.filter(isAllowed(before))).toEqual(allowed);
    }),
    { numRuns: runs(400) },
  );
  expect(narrower).toBeGreaterThan(runs(20));
});

const RULE: Rule = { id: 'r', host: '*.x.example', port: 443, scheme: 'https', opensTls: true, dlp: 'warn' };
const WARN = { secret: 'warn', canary: 'warn', pattern: 'warn', undecodable: 'refuse' } as const;
const DENY: Rule = { id: 'd', host: 'y.x.example', port: 443, scheme: 'https' };

describe.each<[string, Rule[], boolean]>([
  ['the same under another name', [{ ...RULE, id: 'other' }], true],
  ['nothing', [], true],
  ['a host below', [{ ...RULE, host: 'y.x.example' }], true],
  ['methods', [{ ...RULE, methods: ['GET'] }], true],
  ['a stricter look', [{ ...RULE, dlp: 'block' }], true],
  ['a stricter look for one detector', [{ ...RULE, dlp: { ...WARN, canary: 'block' } }], true],
  ['fewer bytes', [{ ...RULE, budget: { name: '*.x.example', maxBytes: 10 } }], true],
  ['what cannot be decoded', [{ ...RULE, dlp: { ...WARN, undecodable: 'pass' } }], false],
  ['another host', [{ ...RULE, host: 'x.example' }], false],
  ['one more', [RULE, { ...RULE, port: 8443 }], false],
  ['WebSockets', [{ ...RULE, websocket: true }], false],
  ['addresses', [{ ...RULE, addresses: ['192.0.2.1'] }], false],
  ['an identity', [{ ...RULE, inject: { secret: 's', slot: { kind: 'bearer' } } }], false],
  [
    'TLS that stays closed',
    [{ id: 'r', host: '*.x.example', port: 443, scheme: 'https', dlp: 'warn' }],
    false,
  ],
])('allowing %s', (_, allow, expected) => {
  test(`is ${expected ? '' : 'not '}narrower`, () => {
    expect(isNarrower({ allow, deny: [DENY] }, { allow: [RULE], deny: [DENY] })).toBe(expected);
  });
});

test.each<[string, Rule[], boolean]>([
  ['the same', [DENY], true],
  ['more', [{ ...DENY, host: '*.x.example', port: 0, scheme: 'tcp' }], true],
  ['nothing', [], false],
  ['only a path', [{ ...DENY, paths: ['/'] }], false],
  ['another port', [{ ...DENY, port: 8443 }], false],
])('denying %s', (_, deny, expected) => {
  expect(isNarrower({ allow: [RULE], deny }, { allow: [RULE], deny: [DENY] })).toBe(expected);
});

test('the comparison reports a rule whose requests would use another rule in another way', () => {
  const lent: Rule = {
    ...RULE,
    id: 'lent',
    host: 'y.x.example',
    inject: { secret: 's', slot: { kind: 'bearer' } },
  };
  expect(isNarrower({ allow: [RULE], deny: [] }, { allow: [RULE, lent], deny: [] })).toBe(false);
});

test('the comparison reports a rule that blocks for one detector less', () => {
  const block: Rule = { ...RULE, dlp: 'block' };
  const laxer: Rule = { ...RULE, dlp: { ...WARN, secret: 'block', canary: 'block' } };
  expect(isNarrower({ allow: [laxer], deny: [] }, { allow: [block], deny: [] })).toBe(false);
  expect(isNarrower({ allow: [block], deny: [] }, { allow: [laxer], deny: [] })).toBe(true);
});

test.each<[string, Rule['budget'], boolean]>([
  ['the same budget', { name: 'x', maxBytes: 10 }, true],
  ['a smaller one', { name: 'x', maxBytes: 9 }, true],
  ['a larger one', { name: 'x', maxBytes: 11 }, false],
  ['one that counts anew', { name: 'y', maxBytes: 9 }, false],
  ['none', undefined, false],
])('with %s', (_, budget, expected) => {
  const before: Rule = { ...RULE, budget: { name: 'x', maxBytes: 10 } };
  const next: Rule = budget === undefined ? RULE : { ...RULE, budget };
  expect(isNarrower({ allow: [next], deny: [] }, { allow: [before], deny: [] })).toBe(expected);
});

test.each<[string, Partial<Rule>, boolean]>([
  ['by the same methods', { methods: ['POST'] }, false],
  ['by any', {}, true],
])(
  'the comparison of a path rule, which denies second paths, includes all paths %s',
  (_, limits, expected) => {
    const before: Policy = { allow: [RULE], deny: [{ ...DENY, methods: ['POST'], paths: ['/secret'] }] };
    expect(isNarrower({ allow: [RULE], deny: [{ ...DENY, ...limits }] }, before)).toBe(expected);
  },
);
