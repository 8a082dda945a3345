import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalPath, matchesPath } from '../../gateway/policy/paths.ts';
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
    [numbered(9, (n) => `/x${n}/y/z`), undefined],
    [['/@a%2fb'], ['/@a%2Fb']],
    [numbered(9, (n) => `/items/a%2f${n}/x${n}`), ['/items/**']],
    [['/a%252fb'], undefined],
    [['/a*b'], undefined],
    [[], undefined],
  ])('%j: %j', (targets, expected) => expect(globsFor(targets)).toEqual(expected));

  test('match every path that they are for', () => {
    const segment = fc.constantFrom('a', 'b', 'v1', '17', '0123456789abcdef', 'x.js', '', 'ä', 'a/b');
    const targets = fc
      .array(fc.array(segment, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 })
      .map((all) => all.map((parts) => `/${parts.map(encodeURIComponent).join('/')}`));
    fc.assert(
      fc.property(targets, (targets) => {
        const globs = globsFor(targets) ?? ['/**'];
        const paths = targets
          .map((target) => canonicalPath(target))
          .map((one) => ('path' in one ? one.path : ''));
        expect(paths.filter((path) => !globs.some((glob) => matchesPath(glob, path)))).toEqual([]);
      }),
    );
  });
});
