import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy, Rule } from '../config.ts';
import { decide, decideEarly, type Request } from './decide.ts';
import { canonicalPath, matchesPath } from './paths/paths.ts';
import { canonicalRule } from './rules.ts';

const rule = (more: Partial<Rule>): Rule => ({
  id: 'r',
  host: 'example.org',
  port: 443,
  scheme: 'https',
  ...more,
});
const request = (more: Partial<Request>): Request => ({
  host: 'example.org',
  port: 443,
  scheme: 'https',
  ...more,
});
const verdict = (policy: Partial<Policy>, asked: Request): string =>
  decide({ allow: [], deny: [], ...policy }, asked).verdict;

const host = fc.constantFrom(
  'example.org',
  'a.example.org',
  'b.a.example.org',
  'example.com',
  'xexample.org',
  '192.0.2.1',
);
const ruleHost = fc.oneof(host, fc.constantFrom('*.example.org', '*.org', '*.a.example.org'));
const port = fc.constantFrom(80, 443, 8443);
const scheme = fc.constantFrom('https' as const, 'http' as const, 'tcp' as const);
const method = fc.constantFrom('GET', 'POST');
const path = fc.constantFrom('/', '/a', '/a/b', '/A/b', '/a/../b', '/%2e');
const httpOnly = fc.option(
  fc.record(
    {
      methods: fc.array(method, { minLength: 1 }),
      paths: fc.array(fc.constantFrom('/a/**', '/**', '/a'), { minLength: 1 }),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

const anyRule = (ports: fc.Arbitrary<number>): fc.Arbitrary<Rule> =>
  fc
    .tuple(fc.record({ id: fc.uuid(), host: ruleHost, port: ports, scheme }), httpOnly)
    .map(([base, more]) => ({ ...base, ...(base.scheme === 'http' ? more : {}) }));
const policy: fc.Arbitrary<Policy> = fc.record({
  allow: fc.array(anyRule(port), { maxLength: 5 }),
  deny: fc.array(anyRule(fc.oneof(port, fc.constant(0))), { maxLength: 3 }),
});
const asked: fc.Arbitrary<Request> = fc
  .tuple(host, port, scheme, method, path)
  .map(([host, port, scheme, method, path]) => ({
    host,
    port,
    scheme,
    ...(scheme === 'http' ? { method, path } : {}),
  }));

describe('every policy', () => {
  test('denies everything when it is empty', () => {
    fc.assert(
      fc.property(asked, (q) => {
        expect(decide({ allow: [], deny: [] }, q)).toMatchObject({ verdict: 'deny', rule: 'default' });
      }),
    );
  });

  test('allows no more with a further deny rule, and denies no more with a further allow rule', () => {
    fc.assert(
      fc.property(policy, asked, anyRule(port), (p, q, extra) => {
        const before = decide(p, q).verdict;
        const more = before === 'deny' ? { deny: [...p.deny, extra] } : { allow: [...p.allow, extra] };
        expect(decide({ ...p, ...more }, q).verdict).toBe(before);
      }),
    );
  });

  test('gives the same verdict and rule in any order of its rules', () => {
    fc.assert(
      fc.property(policy, asked, (p, q) => {
        const turned = decide({ allow: p.allow.toReversed(), deny: p.deny.toReversed() }, q);
        expect(turned).toEqual(decide(p, q));
      }),
    );
  });

  test('allows only by a rule that names the host and port', () => {
    fc.assert(
      fc.property(policy, asked, (p, q) => {
        const decision = decide(p, q);
        if (decision.verdict === 'deny') return;
        const named = p.allow.find((r) => r.id === decision.rule);
        expect(named?.port).toBe(q.port);
        expect(named?.host === q.host || q.host.endsWith(named?.host.slice(1) ?? '?')).toBe(true);
      }),
    );
  });

  test('never denies early what it allows in the end', () => {
    fc.assert(
      fc.property(policy, asked, (p, q) => {
        if (decide(p, q).verdict === 'deny') return;
        expect(decideEarly(p, { host: q.host, port: q.port }).verdict).toBe('allow');
        expect(decideEarly(p, { host: q.host }).verdict).toBe('allow');
      }),
    );
  });
});

test.each([
  [{ port: 0 }, 443, 'deny'],
  [{ port: 0 }, undefined, 'deny'],
  [{ port: 443 }, 443, 'deny'],
  [{ port: 443 }, undefined, 'default'],
  [{ port: 0, methods: ['GET'] }, 443, 'default'],
  [{ port: 0, scheme: 'http' as const }, 443, 'default'],
])('names a deny rule for the whole host where no rule allows it: %j, port %s', (more, port, named) => {
  const deny = [rule({ id: 'deny', scheme: 'tcp', ...more })];
  const asked = { host: 'example.org', ...(port === undefined ? {} : { port }) };
  expect(decideEarly({ allow: [], deny }, asked)).toMatchObject({ verdict: 'deny', rule: named });
});

describe('hosts in rules', () => {
  test.each([
    ['*.example.org', 'a.example.org', 'allow'],
    ['*.example.org', 'b.a.example.org', 'allow'],
    ['*.example.org', 'example.org', 'deny'],
    ['*.example.org', 'evilexample.org', 'deny'],
    ['*.example.org', 'a.example.org.evil.test', 'deny'],
    ['example.org', 'a.example.org', 'deny'],
  ])('the pattern %s on %s: %s', (written, name, expected) =>
    expect(verdict({ allow: [rule({ host: written })] }, request({ host: name }))).toBe(expected),
  );
});

describe('ports and schemes in rules', () => {
  test('a rule applies to one port', () =>
    expect(verdict({ allow: [rule({})] }, request({ port: 22 }))).toBe('deny'));
  test('https does not allow plain text', () =>
    expect(verdict({ allow: [rule({})] }, request({ scheme: 'http' }))).toBe('deny'));
  test('tcp allows any protocol over it', () =>
    expect(verdict({ allow: [rule({ scheme: 'tcp' })] }, request({}))).toBe('allow'));
  test('a deny rule without a port applies to every port', () =>
    expect(verdict({ allow: [rule({})], deny: [rule({ port: 0, scheme: 'tcp' })] }, request({}))).toBe(
      'deny',
    ));
  test('deny rules for paths', () => {
    const allow = [rule({ scheme: 'http', port: 80 })];
    const deny = [rule({ scheme: 'http', port: 0, paths: ['/admin/**'] })];
    const get = (path: string) =>
      verdict({ allow, deny }, request({ scheme: 'http', port: 80, method: 'GET', path }));
    expect(get('/x')).toBe('allow');
    expect(get('/admin')).toBe('deny');
    expect(get('/ADMIN/x')).toBe('deny');
    expect(get('/x/../admin')).toBe('deny');
    expect(get('/admins')).toBe('allow');
  });

  const denied = (glob: string, path: string): boolean => {
    const http = { scheme: 'http' as const, port: 80 };
    const policy = { allow: [rule(http)], deny: [rule({ ...http, paths: [glob] })] };
    return verdict(policy, request({ ...http, method: 'GET', path })) === 'deny';
  };
  test.each([
    '//admin/x',
    '///admin//x',
    '/admin;v=1/x',
    '/admin;/x',
    '/;a/admin/x',
    '/admin%3bv=1/x',
    '//ADMIN;v=1',
  ])('a deny rule for /admin/** covers %s', (path) => expect(denied('/admin/**', path)).toBe(true));
  test('a deny rule for one path also covers it with a slash at the end', () =>
    expect(denied('/admin', '/admin/;x')).toBe(true));

  test('a deny rule covers at least what its globs match literally', () => {
    const part = fc.constantFrom('a', 'B', '', ';v', 'a;v=1', '*', '**', 'a*', '%3b', '..');
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, path, (glob, sent) => {
        const judged = canonicalPath(sent);
        const asWritten = 'refused' in judged || matchesPath(glob.toLowerCase(), judged.path.toLowerCase());
        expect([asWritten, denied(glob, sent)]).not.toEqual([true, false]);
      }),
    );
  });
});

describe('content with a method that defines none', () => {
  const http = { scheme: 'http' as const, port: 80 };
  const hiding = (method: string, policy: Partial<Policy>, hasBody = true): string =>
    verdict(policy, request({ ...http, method, path: '/public/a', hasBody }));
  const limited = [rule({ ...http, paths: ['/public/**'] })];
  const byMethod = [rule({ ...http, methods: ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'LIST'] })];

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'LIST'])(
    '%s is denied where a rule has limits',
    (method) => {
      expect(hiding(method, { allow: limited })).toBe('deny');
      expect(hiding(method, { allow: byMethod })).toBe('deny');
      expect(hiding(method, { allow: limited }, false)).toBe('allow');
      const deny = [rule({ ...http, paths: ['/admin/**'] })];
      expect(hiding(method, { allow: [rule(http)], deny })).toBe('deny');
      expect(hiding(method, { allow: [rule(http)], deny }, false)).toBe('allow');
    },
  );
  test('is allowed where no rule has limits, or where the method defines content', () => {
    expect(hiding('GET', { allow: [rule(http)] })).toBe('allow');
    expect(hiding('POST', { allow: limited })).toBe('allow');
  });
  test('has a reason that names the content', () =>
    expect(
      decide(
        { allow: limited, deny: [] },
        request({ ...http, method: 'GET', path: '/public/a', hasBody: true }),
      ),
    ).toMatchObject({ reason: 'content in a GET can hide another request' }));
});

describe('requests that override their method or path', () => {
  const http = { scheme: 'http', port: 80 } as const;
  const overriding = (policy: Partial<Policy>) =>
    decide(
      { allow: [], deny: [], ...policy },
      request({ ...http, method: 'POST', path: '/public/a', isOverridden: true }),
    );
  test('are denied where a rule lends an identity, because another request could get it', () => {
    const inject = { secret: 's', slot: { kind: 'bearer' } } as const;
    expect(overriding({ allow: [rule({ ...http, inject })] }).verdict).toBe('deny');
  });
  test('are denied where rules limit methods or paths', () => {
    const limited = [rule({ ...http, paths: ['/public/**'] })];
    expect(overriding({ allow: limited })).toMatchObject({
      verdict: 'deny',
      reason: 'it asks the server to use another method or path than it shows',
    });
    const deny = [rule({ id: 'deny', ...http, methods: ['DELETE'] })];
    expect(overriding({ allow: [rule(http)], deny })).toMatchObject({ verdict: 'deny', rule: 'deny' });
    expect(overriding({ allow: [rule(http)] }).verdict).toBe('allow');
  });
});

describe('reasons of a verdict', () => {
  const http = rule({ id: 'allow[0]', scheme: 'http', port: 80, methods: ['GET'], paths: ['/a/**'] });
  const reason = (more: Partial<Request>) =>
    decide(
      { allow: [http], deny: [] },
      request({ scheme: 'http', port: 80, method: 'GET', path: '/a', ...more }),
    ).reason;
  test.each([
    [{ host: 'other.test' }, 'no rule allows this host'],
    [{ port: 81 }, 'its rule allows port 80 only'],
    [{ scheme: 'https' as const }, 'its rule allows http only'],
    [{ method: 'PUT' }, 'its rule allows the methods GET only'],
    [{ path: '/b' }, 'its rule does not allow this path'],
    [{ path: '/a/../b' }, 'the path has dot segments'],
    [{}, 'allowed'],
  ])('the reason for %j: %s', (more, expected) => expect(reason(more)).toBe(expected));

  test('a rule that pins addresses comes before one that does not', () => {
    const pinned = rule({ id: 'z', addresses: ['10.0.0.1'] });
    expect(decide({ allow: [rule({ id: 'a' }), pinned], deny: [] }, request({}))).toMatchObject({
      rule: 'z',
      grant: { addresses: ['10.0.0.1'] },
    });
  });
});

test.each([
  ['another’s path, by the method that its rule has', 'POST', '/acme/other/pull', 'does not allow this path'],
  ['its own path, by another method', 'DELETE', '/acme/app/pull', 'allows the methods POST only'],
  ['a path that is to be read only', 'POST', '/acme/app/x', 'allows the methods GET only'],
  ['a request unlike both rules', 'PUT', '/other', 'allows the methods GET only'],
])('the reason names the nearest of several rules for a host: %s', (...[, method, path, why]) => {
  const allow = [
    canonicalRule(
      { host: 'a.example', methods: ['GET'], paths: ['/acme/app/x'] },
      { id: 'r', list: 'allow' },
    ),
    canonicalRule(
      { host: 'a.example', methods: ['POST'], paths: ['/acme/app/pull'] },
      { id: 'r', list: 'allow' },
    ),
  ];
  const request = { host: 'a.example', port: 443, scheme: 'https' as const, method, path };
  expect(decide({ allow, deny: [] }, request).reason).toBe(`its rule ${why}`);
});
