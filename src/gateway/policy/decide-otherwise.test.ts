import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Rule } from '../config.ts';
import { rule } from './rule.testing.ts';
import { decide, mayFollowContent } from './decide.ts';

/** Requests that a host may read in another way than the gateway judged. */

const verdictOf = (glob: string, path: string): string =>
  decide(
    { allow: [rule({ paths: [glob] })], deny: [] },
    { host: 'example.org', port: 443, scheme: 'https', method: 'GET', path },
  ).verdict;

describe('paths that servers read in several ways', () => {
  test.each([
    ['/files/*.txt', '/files/secret;.txt'],
    ['/**/*.css', '/admin/users;x.css'],
    ['/users/*/profile', '/users//profile'],
    ['/users/*/profile', '/users/;x/profile'],
    ['/a', '/a;b'],
    ['/**/keys', '//keys'],
    ['/*/*/x/*', '//x/x/y'],
    ['/repos/*/read', '/repos/admin%3F/read'],
    ['/repos/*/read', '/repos/admin%23/read'],
    ['/repos/*/read', '/repos/admin%23/read%3F'],
    ['/a;v=1/*/b', '/a;v=1/x%3F/b'],
    ['/acme/**', '/acme/..%3Fx'],
  ])('%s does not allow %s, because one reading is another path', (glob, path) => {
    expect(verdictOf(glob, path)).toBe('deny');
  });

  test.each([
    ['/acme/**', '/acme/x;v=1/y'],
    ['/acme/**', '/acme//x'],
    ['/acme/**', '/acme/'],
    ['/web/**', '/web/2020/https://example.org/a'],
    ['/a/*', '/a/b;v=1'],
    ['/a;v=1', '/a;v=1'],
    ['/x//y', '/x//y'],
    ['/web/*/https://example.org/**', '/web/2020/https://example.org/a'],
    ['/web/*/https://example.org/**', '/web/2020/https://example.org/a%3Fb=c'],
    ['/**/info/refs', '//x/info/refs'],
    ['/**', '//pkg'],
    ['//pkg/**', '//pkg/x'],
    ['/acme/**', '/acme/c%23/x%3Fy'],
    ['/acme/*', '/acme/c%23'],
  ])('%s allows %s, because every reading is within it', (glob, path) => {
    expect(verdictOf(glob, path)).toBe('allow');
  });
});

describe('paths that a server may take for a denied one', () => {
  const isDenied = (globs: readonly string[], path: string): boolean => {
    const deny = [rule({ id: 'deny', port: 0, scheme: 'tcp', paths: globs })];
    const asked = { host: 'example.org', port: 443, scheme: 'https', method: 'GET', path } as const;
    return decide({ allow: [rule({})], deny }, asked).verdict === 'deny';
  };
  const admin = ['/admin', '/admin/**'];

  test.each([
    '//x/admin/keys',
    '///x/admin/keys',
    '//pkg/admin',
    '//u@x:80/ADMIN',
    '//x//admin;v=1/keys',
    '//x;v=1/;/admin',
    '/;//x/admin',
    '/\\x/admin/keys',
    '/%5Cx/admin/keys',
    '/%2Fx/admin/keys',
    '/admin%3Fx',
    '/admin%23x',
    '/admin%3f/',
    '/admin;v%3F=1',
    '/admin/%23%3F',
    '//x/admin%3Fx',
    '//x%3F/admin',
    '/admin./keys',
    '/admin%20/keys',
    '/admin.%20.',
    '/admin%20%3Fx',
    '/admin.;v=1',
    '/./admin',
    '/%20/admin',
  ])('%s is denied together with /admin', (path) => expect(isDenied(admin, path)).toBe(true));

  test.each(['//pkg', '//pkg/x', '/pkg/c%23/1%3Fadmin', '/x//admin', '/.admin/x', '/ad.min', '/x%3F/admin'])(
    '%s is not denied, because such joins and names are common',
    (path) => expect(isDenied(['/admin/**'], path)).toBe(false),
  );

  test.each([
    ['/a*/x', '/a%23b/x%3Fc'],
    ['/a*/x', '/a%3Fb/x%23c'],
    ['/', '//x'],
  ])('%s also denies %s, for servers that split at one or both', (glob, path) =>
    expect(isDenied([glob], path)).toBe(true),
  );

  test('a deny rule covers any combination of these spellings', () => {
    const before = fc.constantFrom('', '/', '//', '//x', '///x.test:1', '//;v', '/;v//x');
    const between = fc.constantFrom('/', '//', '/;v/', ';v=1/', './', '%20/', '.;/', '%2F', '.%2f', '%2F/');
    const after = fc.constantFrom(
      '',
      '/',
      ';v',
      '%3Fx',
      '%23/x',
      '.%3f',
      '%20',
      '?x',
      '/%3F//',
      ';%23%3F',
      '%2f',
    );
    const letters = fc.constantFrom('admin', 'ADMIN', '%61dmin');
    fc.assert(
      fc.property(fc.tuple(before, letters, between, after), ([start, name, middle, end]) => {
        expect(isDenied(['/admin/keys'], `${start}/${name}${middle}keys${end}`)).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  test('no path takes long to judge', () => {
    for (const part of ['.', '. ', '/', '//x', ';', '%3F', '?', '/a. '])
      expect(isDenied(admin, `/x${part.repeat(30_000)}y`)).toBe(false);
  });
});

describe('requests that name a second path in a header', () => {
  const judge = (allow: Partial<Rule>, deny: readonly Partial<Rule>[] = [], secondPaths = ['/mine/a']) => {
    const policy = { allow: [rule(allow)], deny: deny.map((more) => rule({ id: 'deny', ...more })) };
    const asked = {
      host: 'example.org',
      port: 443,
      scheme: 'https',
      method: 'PUT',
      path: '/mine/x',
    } as const;
    return decide(policy, { ...asked, hasBody: true, secondPaths });
  };
  const paths = ['/mine/**'];

  test('are denied where their rule, or a deny rule of the host, names paths', () => {
    expect(judge({ paths })).toMatchObject({
      verdict: 'deny',
      reason: 'a header names a second path besides the judged one',
    });
    expect(judge({}, [{ paths: ['/private/**'] }])).toMatchObject({ verdict: 'deny', rule: 'deny' });
    expect(judge({ paths }, [], []).verdict).toBe('allow');
    expect(judge({}, [{ paths: ['/private/**'] }], []).verdict).toBe('allow');
  });

  test('are allowed where no rule names paths', () => {
    for (const allow of [{}, { methods: ['PUT'] }])
      expect(judge(allow, [{ methods: ['DELETE'] }, { host: 'other.example', paths }]).verdict).toBe('allow');
  });
});

describe('connections after content that a server may not have read', () => {
  const free = rule({ id: 'free' });
  const limited = rule({ id: 'limited', paths: ['/safe/**'] });
  const lending = rule({
    id: 'lending',
    inject: { secret: 's', slot: { kind: 'bearer' } },
  });
  const mayFollow = (allow: readonly Rule[], deny: readonly Rule[] = []): boolean =>
    mayFollowContent({ allow, deny }, free, 'example.org');

  test('are reused where no rule limits or lends anything', () => {
    expect(mayFollow([free, rule({ id: 'other', host: 'other.example', paths: ['/a'] })])).toBe(true);
  });

  test('are not reused where a rule does, because the content could hide a request', () => {
    for (const other of [limited, lending, rule({ host: '*.org', methods: ['GET'] })])
      expect(mayFollow([free, other])).toBe(false);
    expect(mayFollow([free], [limited])).toBe(false);
  });
});
