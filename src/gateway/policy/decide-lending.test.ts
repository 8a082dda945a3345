import { describe, expect, test } from 'vitest';
import type { Rule } from '../config.ts';
import { rule } from './rule.testing.ts';
import { decide, type Request } from './decide.ts';

/** Requests that no rule allows, because a lending rule might apply. */

describe('requests where a rule lends an identity', () => {
  const inject = { secret: 's', slot: { kind: 'bearer' } } as const;
  const wide = rule({ id: 'wide', host: '*.example.org' });
  const judge = (lends: Partial<Rule>, more: Partial<Request>, other = wide) => {
    const lending = rule({ id: 'lends', host: 'api.example.org', inject, ...lends });
    const asked = { port: 443, scheme: 'https', method: 'POST', path: '/v1/files' } as const;
    return decide({ allow: [lending, other], deny: [] }, { host: 'api.example.org', ...asked, ...more });
  };
  const UNCLEAR: readonly Partial<Request>[] = [
    { isOverridden: true },
    { method: 'GET', hasBody: true },
    { secondPaths: ['https://elsewhere.example/x'] },
  ];

  test.each(UNCLEAR)('do not fall to a wider rule with a credential of the caller: %j', (more) => {
    const { verdict, rule: by, reason } = judge({}, more);
    expect([verdict, by]).toEqual(['deny', 'lends']);
    expect(reason).toMatch(/, and a rule lends an identity there$/);
    expect(judge({ methods: ['POST', 'GET'], paths: ['/v1/**'] }, more).verdict).toBe('deny');
    expect(judge({}, more, rule({ id: 'beside', host: 'api.example.org' })).verdict).toBe('deny');
  });

  test('do not fall to a wider rule when they override their method or path', () => {
    expect(judge({ methods: ['GET'], paths: ['/v2/**'] }, { isOverridden: true }).verdict).toBe('deny');
  });

  test.each(UNCLEAR)('use a wider rule where no rule would lend an identity: %j', (more) => {
    expect(judge({}, { ...more, host: 'www.example.org' }).verdict).toBe('allow');
    expect(judge({ port: 8443 }, more).verdict).toBe('allow');
    expect(judge({ inject: undefined } as object, more).verdict).toBe('allow');
  });

  test('do not open a WebSocket by a wildcard, because a host without WebSockets answers it as a GET', () => {
    const asked = { method: 'GET', isWebSocket: true };
    const websockets = rule({ ...wide, websocket: true });
    expect(judge({}, asked, websockets)).toMatchObject({
      rule: 'lends',
      reason: 'its rule does not allow WebSockets',
    });
    expect(judge({}, asked, { ...websockets, host: 'api.example.org' })).toMatchObject({ rule: 'wide' });
    expect(judge({ websocket: true }, asked, websockets)).toMatchObject({ rule: 'lends', verdict: 'allow' });
    expect(judge({ paths: ['/v2/**'] }, asked, websockets)).toMatchObject({ rule: 'wide' });
  });

  test.each([
    '/a/../v1/files',
    '/a/%2e%2e/v1/files',
    '/a/%252e%252e/v1/files',
    '//v1/files',
    '//host/v1/files',
    '/v1%2ffiles',
    '/v1%252Ffiles',
    '/v1\\files',
    '/v1;x/files',
    '/a/..;/v1/files',
    '/v1/./files',
    '/%76%31/files%3Fx',
    '/v1/files%23x',
    '/v1./files',
    '/v1/files/',
    '/v1/files%00.txt',
    '/a/%EF%BC%8E%EF%BC%8E/v1/files',
  ])('are denied where a server may read %s as a path of the identity', (path) => {
    const paths = ['/v1/files'];
    expect(judge({ paths }, { path })).toMatchObject({ verdict: 'deny', rule: 'lends' });
    expect(judge({ paths, methods: ['GET'] }, { path }).verdict).toBe('allow');
  });

  test.each([
    '/',
    '/v2/files',
    '/v1/files2',
    '/x%252Fy',
    '/100%25',
    '/a//b',
    '/a/../b',
    '/x?/v1/files',
    '/%ff',
  ])('use a wider rule where no server reads %s as a path of the identity', (path) =>
    expect(judge({ paths: ['/v1/files'] }, { path })).toMatchObject({ rule: 'wide' }),
  );

  test.each([
    ['/simple/*/', '/simple//foo/'],
    ['/@acme%2F*', '/@acme/pkg'],
    ['/@acme%2F*', '/@acme%2Fpkg/'],
    ['/@acme%2F*', '/@acme%252Fpkg'],
  ])('are denied where the rule of the identity is for %s, and the request says %s', (glob, path) =>
    expect(judge({ paths: [glob] }, { path, method: 'GET' })).toMatchObject({
      verdict: 'deny',
      rule: 'lends',
    }),
  );

  test.each([
    ['/simple/*/', '/simple/foo/bar'],
    ['/@acme%2F*', '/@acme/pkg/-/pkg-1.0.0.tgz'],
    ['/@acme%2F*', '/other'],
  ])('use a wider rule where the rule of the identity is for %s, and the request says %s', (glob, path) =>
    expect(judge({ paths: [glob] }, { path, method: 'GET' })).toMatchObject({ rule: 'wide' }),
  );

  test('are denied when their path is odd and too long to try all readings', () => {
    for (const [part, verdict] of [
      ['//x', 'deny'],
      ['/xy', 'allow'],
    ] as const)
      expect(judge({ paths: ['/v1/files'] }, { path: part.repeat(2_000) }).verdict).toBe(verdict);
  });

  test('get the identity of their rule, whatever another rule says', () => {
    const limits = { methods: ['POST'], paths: ['/v1/files'], budget: { name: 'b', maxBytes: 1 } };
    for (const host of ['*.example.org', 'api.example.org']) {
      const other = rule({ id: 'a', host, ...limits, addresses: ['10.0.0.1'] });
      expect(judge({}, {}, other)).toMatchObject({ rule: 'lends', grant: { inject } });
    }
  });

  test('use a wider rule where the identity is for other methods or paths', () => {
    const content = { method: 'GET', hasBody: true };
    expect(judge({ paths: ['/v2/**'] }, content).verdict).toBe('allow');
    expect(judge({ methods: ['POST'] }, content).verdict).toBe('allow');
    expect(judge({}, { secondPaths: ['https://api.example.org/v1/other'] })).toMatchObject({
      verdict: 'allow',
      rule: 'lends',
    });
  });
});
