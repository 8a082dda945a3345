import { describe, expect, test } from 'vitest';
import type { Rule } from '../config.ts';
import { decide, mayFollowContent } from './decide.ts';

/** What a host may take for something else than was judged. */

const rule = (more: Partial<Rule>): Rule => ({
  id: 'r',
  host: 'example.org',
  port: 443,
  scheme: 'https',
  opensTls: true,
  ...more,
});
const verdictOf = (glob: string, path: string): string =>
  decide(
    { allow: [rule({ paths: [glob] })], deny: [] },
    { host: 'example.org', port: 443, scheme: 'https', method: 'GET', path },
  ).verdict;

describe('a path that servers read in several ways', () => {
  test.each([
    ['/files/*.txt', '/files/secret;.txt'],
    ['/**/*.css', '/admin/users;x.css'],
    ['/users/*/profile', '/users//profile'],
    ['/users/*/profile', '/users/;x/profile'],
    ['/a', '/a;b'],
  ])('%s does not allow %s: by one of them it is another', (glob, path) => {
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
  ])('%s allows %s: by each of them it is within', (glob, path) => {
    expect(verdictOf(glob, path)).toBe('allow');
  });
});

describe('a connection after content that nobody may have read', () => {
  const free = rule({ id: 'free' });
  const limited = rule({ id: 'limited', paths: ['/safe/**'] });
  const lending = rule({
    id: 'lending',
    inject: { secret: 's', slot: { kind: 'bearer' } },
  });
  const mayFollow = (allow: readonly Rule[], deny: readonly Rule[] = []): boolean =>
    mayFollowContent({ allow, deny }, free, 'example.org');

  test('is used again where no rule limits or lends anything there', () => {
    expect(mayFollow([free, rule({ id: 'other', host: 'other.example', paths: ['/a'] })])).toBe(true);
  });

  test('is not where a rule does: its request would be taken for a part of what was hidden', () => {
    for (const other of [limited, lending, rule({ host: '*.org', methods: ['GET'] })])
      expect(mayFollow([free, other])).toBe(false);
    expect(mayFollow([free], [limited])).toBe(false);
  });
});
