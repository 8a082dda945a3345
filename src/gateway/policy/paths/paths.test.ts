import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { deniesPath } from './denied-path.ts';
import { canonicalPath, matchesPath, matchesSegments, readingsInDoubt } from './paths.ts';

describe('globs on paths', () => {
  test.each([
    ['/acme/**', '/acme/x', true],
    ['/acme/**', '/acme/x/y', true],
    ['/acme/**', '/acme', true],
    ['/acme/**', '/acme/', true],
    ['/acme/**', '/acmex', false],
    ['/acme/**', '/other/acme/x', false],
    ['/**', '/', true],
    ['/**', '/a/b', true],
    ['/*', '/a', true],
    ['/*', '/a/b', false],
    ['/a*c/d', '/abbc/d', true],
    ['/a*c/d', '/ac/d', true],
    ['/a*a', '/a', false],
    ['/**/info/refs', '/x/y/info/refs', true],
    ['/**/info/refs', '/info/refs', true],
    ['/a.c', '/abc', false],
    ['/a', '/a/', false],
    ['/A', '/a', false],
    ['/a/**', '/a/b%2Fc', true],
    ['/**/c', '/a%2Fb/c', true],
    ['/a/*', '/a/b%2Fc', false],
    ['/a*', '/a%2Fb', false],
    ['/a%2F*', '/a%2Fb', true],
    ['/a%2F*', '/a%2Fb%2Fc', false],
    ['/a%2F*', '/a/b', false],
    ['/a%2Fb', '/a', false],
  ])('the glob %s on %s: %s', (glob, path, matches) => expect(matchesPath(glob, path)).toBe(matches));

  test('a glob without stars matches only itself', () => {
    const path = fc
      .array(fc.stringMatching(/^[a-z]{0,3}$/), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(matchesPath(a, b)).toBe(a === b);
      }),
    );
  });

  test('a glob matches the same paths as an exhaustive matcher', () => {
    const matchesAnyhow = ([first, ...globs]: string[], [segment, ...segments]: string[]): boolean => {
      if (first === undefined) return segment === undefined;
      if (first === '**') {
        const isTaken = segment !== undefined && matchesAnyhow([first, ...globs], segments);
        return isTaken || matchesAnyhow(globs, segment === undefined ? [] : [segment, ...segments]);
      }
      const isOne = segment !== undefined && (first === segment || first === '*');
      return isOne && matchesAnyhow(globs, segments);
    };
    const globs = fc.array(fc.constantFrom('**', '*', 'a', 'b'), { maxLength: 6 });
    const segments = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
    fc.assert(
      fc.property(globs, segments, (glob, path) => {
        expect(matchesSegments(glob, path)).toBe(matchesAnyhow(glob, path));
      }),
      { numRuns: runs(2000) },
    );
  });

  test('no glob is slow, and neither is a path with many segments', () => {
    expect(matchesPath(`/${'**/*a*/'.repeat(200)}x`, `/${'aaaa/'.repeat(400)}`)).toBe(false);
    const many = Array.from({ length: 200 }, (_, at) => `/repos/acme/secret${at}/**`);
    for (const path of ['/'.repeat(32_000), `${'/a:;//b.%3F'.repeat(2_900)}%C3%A9`])
      expect(deniesPath(many, path)).toBe(false);
  });
});

describe('paths of requests', () => {
  test.each([
    ['/a%20b?c=%2f', '/a b'],
    ['/%C3%BC', '/ü'],
    ['/a//b', '/a//b'],
    ['/.git/x', '/.git/x'],
    ['/...', '/...'],
    ['/a/..b', '/a/..b'],
    ['/a/%EF%BC%8Fb', '/a/\uff0fb'],
    ['/@types%2fnode', '/@types%2Fnode'],
    ['/a/b%2F%2fc%3F?d', '/a/b%2F%2Fc?'],
    ['/%61%2F%C3%BC', '/a%2Fü'],
  ])('the path %s becomes %s', (target, path) => expect(canonicalPath(target)).toEqual({ path }));

  test.each([
    '/a/../b',
    '/a/..',
    '/./a',
    '/%2e%2e/b',
    '/a/%2E/b',
    '/a/..%2fb',
    '/a%2f../b',
    '/a%2F.%2fb',
    '/a/%2e%2e%2Fb',
    '/a%2F%EF%BC%8E%EF%BC%8E/b',
    '/a%252fb',
    '/%2fa',
    '//a%2Fb/c',
    '///%2fb',
    '/a;v%2Fb',
    '/a%2Fb/c;v',
    '/a%5cb',
    '/a\\b',
    '/a%00',
    '/a%252e',
    '/a%0a',
    '/a%',
    '/a%zz',
    '/%ff',
    '/a/..;x/b',
    '/public/x#/../../admin',
    '/x#y',
    '/\\x',
    '/a/..%3Fb',
    '/a/.%23b',
    '/a/..;v%3F',
    '/a/..%20/b',
    '/a/%20../b',
    '/a/..::$DATA/b',
    '/a/%EF%BC%8E%EF%BC%8E/b',
    '/a/..%EF%BC%8Fb',
    '/a/%E2%80%A5/b',
  ])('the path %s is refused', (target) => expect(canonicalPath(target)).toHaveProperty('refused'));

  test('a path has one canonical form, which is stable when it is encoded again', () => {
    const part = fc.constantFrom(
      '/',
      '//',
      'a',
      '.',
      '%20',
      '%3F',
      '%23',
      ';',
      '?',
      '%2e',
      '%C3%BC',
      '@x',
      '%41',
      '%2F',
      '%2fb',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const judged = canonicalPath(`/${parts.join('')}`);
        if ('refused' in judged) return;
        const again = judged.path.split('/').map(encodeURIComponent).join('/').replaceAll('%252F', '%2F');
        expect(canonicalPath(again)).toEqual(judged);
      }),
      { numRuns: runs(500) },
    );
  });

  test('a canonical path leads up in no reading', () => {
    const part = fc.constantFrom('/', '//', '.', '..', ' ', '?', '#', ';', 'a', '%2F');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const judged = canonicalPath(`/${parts.join('')}`.replaceAll('?', '%3F').replaceAll('#', '%23'));
        const slashes = ['%2F', '/', '\\'];
        const paths = 'refused' in judged ? [] : slashes.map((slash) => judged.path.replaceAll('%2F', slash));
        const readings = paths.flatMap(readingsInDoubt).map((one) => one.replaceAll('\\', '/'));
        expect(readings.filter((one) => /\/\.\.?(?:[;?#]|\/|$)/.test(one))).toEqual([]);
      }),
      { numRuns: runs(500) },
    );
  });
});
