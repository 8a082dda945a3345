import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalPath, matchesPath } from '../../gateway/policy/paths/paths.ts';
import { globsFor } from './path-globs.ts';

describe('globs for what was asked for', () => {
  const numbered = (count: number, path: (n: number) => string): string[] =>
    Array.from({ length: count }, (_, n) => path(n));

  test.each([
    [
      ['/a', '/b?x=1'],
      ['/a', '/b'],
    ],
    [['/a%20b'], ['/a b']],
    [numbered(9, (n) => `/items/${n}`), ['/items/*']],
    [numbered(9, (n) => `/items/x${n}.js`), ['/items/**']],
    [numbered(9, (n) => `/v1/x${n}/y`), ['/v1/**']],
    // nothing in common: names a few, suggests nothing for many, and never the whole host
    [numbered(9, (n) => `/x${n}/y/z`), numbered(9, (n) => `/x${n}/y/z`)],
    [numbered(11, (n) => `/x${n}/y/z`), undefined],
    [numbered(12, (n) => `/x${n}`), undefined],
    [numbered(12, (n) => `/${n}/${n}`), undefined],
    [numbered(12, (n) => `/${n}`), undefined],
    // merges the narrowest folders; other paths stay as they are
    [
      [...numbered(9, (n) => `/v1/items/x${n}`), '/v1/users', '/login'],
      ['/login', '/v1/items/**', '/v1/users'],
    ],
    [
      [...numbered(9, (n) => `/v1/a/x${n}`), ...numbered(9, (n) => `/v1/b/x${n}`), '/v1/a'],
      ['/v1/a/**', '/v1/b/**'],
    ],
    [numbered(20, (n) => `/v1/f${n}/x`), ['/v1/**']],
    [['/@a%2fb'], ['/@a%2Fb']],
    [numbered(9, (n) => `/items/a%2f${n}/x${n}`), ['/items/**']],
    [['/a%252fb'], undefined],
    [['/a*b'], undefined],
    [[], undefined],
  ])('the glob for %j is %j', (targets, expected) => expect(globsFor(targets)).toEqual(expected));

  test('globs match every path that they are for', () => {
    const segment = fc.constantFrom('a', 'b', 'v1', '17', '0123456789abcdef', 'x.js', '', 'ä', 'a/b');
    const targets = fc
      .array(fc.array(segment, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 })
      .map((all) => all.map((parts) => `/${parts.map(encodeURIComponent).join('/')}`));
    fc.assert(
      fc.property(targets, (targets) => {
        const globs = globsFor(targets) ?? ['/**'];
        expect(globs.length).toBeLessThanOrEqual(10);
        const paths = targets
          .map((target) => canonicalPath(target))
          .map((one) => ('path' in one ? one.path : ''));
        const probe = '/an/other/path/that/nobody/asked/for';
        expect(globsFor(targets)?.some((glob) => matchesPath(glob, probe)) ?? false).toBe(false);
        expect(paths.filter((path) => !globs.some((glob) => matchesPath(glob, path)))).toEqual([]);
      }),
    );
  });
});
