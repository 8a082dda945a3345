import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Policy } from '../config.ts';
import { decide, decideEarly, type Request } from './decide.ts';
import { canonicalRule, type WrittenRule } from './rules.ts';

/** Properties of policies from rules as people write them, with methods and paths inside TLS. */

const method = fc.constantFrom('GET', 'HEAD', 'POST');
const methods = fc.uniqueArray(method, { minLength: 1 });
const paths = fc.uniqueArray(fc.constantFrom('/a/**', '/a', '/a/*', '/b/**', '/ä/b', '/a%2F*', '/**'), {
  minLength: 1,
});
const host = fc.constantFrom('example.org', 'a.example.org', 'b.a.example.org', 'example.com');
const ruleHost = fc.oneof(host, fc.constantFrom('*.example.org', '*.a.example.org'));
const port = fc.constantFrom(443, 8443);

const limits = fc.record({ methods, paths }, { requiredKeys: [] });

const allowRule: fc.Arbitrary<WrittenRule> = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom('https' as const, 'http' as const), limits) },
    { weight: 1, arbitrary: fc.constant(['tcp' as const, {}] as const) },
  )
  .chain(([scheme, more]) =>
    fc
      .record({ host: ruleHost, port, dlp: fc.constantFrom('off' as const, 'block' as const) })
      .map((base) => ({
        ...base,
        ...more,
        scheme,
        ...(scheme === 'tcp' ? { dlp: 'off' as const } : {}),
      })),
  );

const denyRule: fc.Arbitrary<WrittenRule> = fc
  .tuple(
    fc.record(
      { host: ruleHost, port, scheme: fc.constantFrom('https' as const, 'http' as const) },
      { requiredKeys: ['host'] },
    ),
    limits,
  )
  .map(([base, more]) => ({ ...base, ...more }));

interface Written {
  readonly allow: readonly WrittenRule[];
  readonly deny: readonly WrittenRule[];
}

const written: fc.Arbitrary<Written> = fc.record({
  allow: fc.array(allowRule, { maxLength: 5 }),
  deny: fc.array(denyRule, { maxLength: 3 }),
});

/** IDs by content, not by place, so that they do not change when rules are added, removed or moved. */
const policyOf = ({ allow, deny }: Written): Policy => {
  const rules = (all: readonly WrittenRule[], list: 'allow' | 'deny') =>
    all.map((rule) => canonicalRule(rule, { id: `${list} ${JSON.stringify(rule)}`, list }));
  return { allow: rules(allow, 'allow'), deny: rules(deny, 'deny') };
};

const asked: fc.Arbitrary<Request> = fc
  .record({
    host,
    port,
    scheme: fc.constantFrom('https' as const, 'http' as const, 'tcp' as const),
    method,
    path: fc.constantFrom(
      '/',
      '/a',
      '/a/',
      '/a/b',
      '/A/b',
      '/a/b/c',
      '/b',
      '/%61/b',
      '/a/../b',
      '/a%2fb',
      '/a/b%2Fc',
      '/a%2Fb%2F..%2Fc',
      '/b%2F%C3%A4',
      '/a;v=1/b?q',
      '//x/a/b',
      '//a/b',
      '/a%3Fx/b',
      '/a/b%23',
      '/b./c',
      '/%C3%A4/b',
      '/%EF%BD%81/b:x',
      '/%EF%BC%8E./b',
    ),
    hasBody: fc.boolean(),
    secondPaths: fc.array(fc.constantFrom('/a/x', 'example/x', '/b'), { maxLength: 1 }),
  })
  .map(({ method, path, hasBody, secondPaths, ...rest }) =>
    rest.scheme === 'tcp' ? rest : { ...rest, method, path, hasBody, secondPaths },
  );

const verdictOf = (policy: Written, request: Request): string => decide(policyOf(policy), request).verdict;

describe('policies with methods and paths, on https too', () => {
  test('deny beats allow: a path that a deny rule names is denied, whatever is allowed', () => {
    fc.assert(
      fc.property(written, denyRule, asked, (policy, deny, request) => {
        const all = [443, 8443].flatMap((port) =>
          (['https', 'http'] as const).map((scheme) => ({ host: request.host, port, scheme })),
        );
        const isNamed =
          verdictOf({ allow: all, deny: [deny] }, request) === 'deny' && request.scheme !== 'tcp';
        const verdict = verdictOf({ ...policy, deny: [...policy.deny, deny] }, request);
        expect(isNamed && verdict === 'allow').toBe(false);
      }),
      { numRuns: runs(500) },
    );
  });

  test('the order of rules changes neither the verdict nor the named rule', () => {
    fc.assert(
      fc.property(written, asked, (policy, request) => {
        const turned = { allow: policy.allow.toReversed(), deny: policy.deny.toReversed() };
        expect(decide(policyOf(turned), request)).toEqual(decide(policyOf(policy), request));
      }),
      { numRuns: runs(300) },
    );
  });

  test('a request that is allowed in the end was not denied early', () => {
    fc.assert(
      fc.property(written, asked, (policy, request) => {
        const isAllowed = verdictOf(policy, request) === 'allow';
        const early = decideEarly(policyOf(policy), { host: request.host, port: request.port }).verdict;
        expect(isAllowed && early === 'deny').toBe(false);
      }),
      { numRuns: runs(300) },
    );
  });
});

/** Ways to make a policy narrower. `pick` chooses the place and what is left. */
const NARROWINGS: Readonly<Record<string, (policy: Written, pick: number, extra: WrittenRule) => Written>> = {
  'an allow rule less': ({ allow, deny }, pick) => ({
    allow: allow.filter((_, index) => index !== pick % Math.max(1, allow.length)),
    deny,
  }),
  'a deny rule more': ({ allow, deny }, _, extra) => ({ allow, deny: [...deny, extra] }),
  'fewer methods': (policy, pick) =>
    changed(policy, pick, (rule) => ({ ...rule, methods: (rule.methods ?? ['GET', 'POST']).slice(0, 1) })),
  'fewer paths': (policy, pick) =>
    changed(policy, pick, (rule) => ({ ...rule, paths: (rule.paths ?? ['/a/**']).slice(-1) })),
  'a deny rule on every path': ({ allow, deny }) => ({
    allow,
    deny: deny.map((rule) => ({ ...rule, paths: ['/**'] })),
  }),
};

/** Narrows one rule, which is not for raw TCP. */
function changed(
  { allow, deny }: Written,
  pick: number,
  narrower: (rule: WrittenRule) => WrittenRule,
): Written {
  return {
    allow: allow.map((rule, index) =>
      index === pick % allow.length && rule.scheme !== 'tcp' ? narrower(rule) : rule,
    ),
    deny,
  };
}

describe('narrowing a policy never widens a verdict', () => {
  test.each(Object.keys(NARROWINGS))('narrowing never widens: %s', (name) => {
    fc.assert(
      fc.property(written, fc.tuple(fc.nat(), denyRule), asked, (policy, [pick, extra], request) => {
        const narrow = NARROWINGS[name]?.(policy, pick, extra) ?? policy;
        const widened = verdictOf(narrow, request) === 'allow' && verdictOf(policy, request) === 'deny';
        expect(widened).toBe(false);
      }),
      { numRuns: runs(300) },
    );
  });

  test('some narrowed policies refuse something, so the properties are not empty', () => {
    const wide: Written = { allow: [{ host: 'example.org' }], deny: [] };
    const request: Request = { host: 'example.org', port: 443, scheme: 'https', method: 'HEAD', path: '/b' };
    const extra = { host: 'example.org' };
    const refusing = Object.keys(NARROWINGS).filter(
      (name) => verdictOf(NARROWINGS[name]?.(wide, 0, extra) ?? wide, request) === 'deny',
    );
    expect(verdictOf(wide, request)).toBe('allow');
    expect(refusing).toEqual(['an allow rule less', 'a deny rule more', 'fewer methods', 'fewer paths']);
  });
});
