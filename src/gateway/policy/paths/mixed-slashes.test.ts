import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import type { Policy, Rule } from '../../config.ts';
import { decide } from '../decide.ts';
import { deniesPath } from './denied-path.ts';
import { canonicalRule } from '../rules.ts';

/** One server reads an escaped slash as a slash, and another as a character. Both sides read each one independently. */

const FILES = '/api/v4/projects/*/repository/files/secret/**';

describe('deny rules on mixed slashes', () => {
  test.each([
    ['/secret/**', '/secret%2Fx'],
    ['/secret/**', '/secret%2fx/y'],
    ['/secret/**', '/SECRET.%2Fx'],
    ['/secret/**', '/secret%2F'],
    ['/secret/**', '/s%C3%A9cret%2Fx'],
    ['/secret', '/secret%2F'],
    ['/a/secret', '/a%2Fsecret'],
    ['/*/secret', '/a%2Fb/secret'],
    ['/x*y', '/x%2Fa%2Fy'],
    ['/**/keys', '/a%2Fb%2Fkeys'],
    ['/repos/acme/secret/**', '/repos%2Facme%2Fsecret'],
    ['/@acme%2F*', '/@acme%2Fx'],
    ['/@acme%2F*', '/@acme/x'],
    ['/secret', '/secret:x%2Fy'],
    ['/secret', '/secret .:x%2Fy%2Fz'],
    ['/secret/key', '/secret:x%2Fy%2Fz/key'],
    ['/secret/key', '/secret:x%2Fy%2Fkey'],
    ['/x*y', '/x%2Fy:a%2Fb'],
    ['/*:b/x', '/a:b.%2Fx:c'],
    [FILES, '/api/v4/projects/group%2Fapp/repository/files/secret%2Fkey'],
    [FILES, '/api/v4/projects/group%2Fapp/repository/files/secret%2Fa%2Fb/raw'],
    [FILES, '/api/v4/projects/group%2Fpart%2Fapp/repository%2Ffiles/secret'],
    [FILES, '/api/v4/projects/1/repository/files/%53ecret%2Fkey%3Fx'],
  ])('a deny rule for %s covers %s', (glob, path) => expect(deniesPath([glob], path)).toBe(true));

  test.each([
    ['/secret/**', '/@types%2fnode'],
    ['/secret/**', '/x%2Fsecret'],
    ['/secret/**', '/secretariat%2Fx'],
    ['/repos/acme/secret/**', '/repos/other/x/branches/feature%2Flogin'],
    ['/*/secret', '/a/b%2Fsecret/c'],
    ['/x*y/z', '/x%2Fa/y/z'],
    ['/secret', '/secret:x/y%2Fz'],
    ['/secret:x', '/secret:x%2Fy'],
    ['/secret/key', '/secret:x/y%2Fkey'],
    ['/x*y', '/x%2Fa:y%2Fb'],
    [FILES, '/api/v4/projects/group%2Fapp/repository/files/src%2Fsecret'],
    [FILES, '/api/v4/projects/group/app/repository/files/secret%2Fkey'],
  ])('a deny rule for %s does not cover %s', (glob, path) => expect(deniesPath([glob], path)).toBe(false));

  test('a deny rule takes no long time on any path', () => {
    const globs = ['/**/*a/**/b*/x', '/x*/**/*y*', '/q%2F*'];
    for (const part of [
      '%2F',
      'a%2F',
      '/a%2Fb',
      'x.%2F',
      '%2F%2F',
      'a:%2F',
      'a:%2Fb:%2F',
      '%2F%C3%A9',
      '%2F%3F',
    ])
      expect(deniesPath(globs, `/z${part.repeat(20_000)}w`)).toBe(false);
  });
});

const rule = (paths: readonly string[], list: 'allow' | 'deny'): Rule =>
  canonicalRule(
    { host: 'a.example', ...(list === 'allow' ? { scheme: 'https' } : {}), paths },
    { id: list, list },
  );
const verdict = (policy: Policy, path: string): string =>
  decide(policy, { host: 'a.example', port: 443, scheme: 'https', method: 'GET', path }).verdict;
const isAllowed = (globs: readonly string[], path: string): boolean =>
  verdict({ allow: [rule(globs, 'allow')], deny: [] }, path) === 'allow';

describe('allow rules on mixed slashes', () => {
  test.each([
    ['/repos/acme/app/**', '/repos/acme/app/branches/feature%2Flogin'],
    ['/repos/acme/app/**', '/repos/acme/app/contents/https:%2F%2Fexample.org%2Fx'],
    ['/**', '/a%2Fb'],
    ['/**/raw', '/files/a%2Fb/raw'],
    ['/@acme%2F*', '/@acme%2fpkg'],
    ['/-/package/@acme%2F*/dist-tags', '/-/package/@acme%2Fpkg/dist-tags'],
  ])('an allow rule for %s allows %s', (glob, path) => expect(isAllowed([glob], path)).toBe(true));

  test.each([
    ['/repos/acme/app/**', '/repos/acme%2fapp/x'],
    ['/repos/acme/app/**', '/repos/acme/app%2Fx'],
    ['/repos/acme/app/**', '/repos/acme/app/..%2f..%2fother'],
    ['/repos/acme/app/**', '/repos/acme/app/x%2F..%2F..%2Fother'],
    ['/repos/acme/app/**', '/repos/acme/app/x%252Fy'],
    ['/@acme/**', '/@acme%2fpkg'],
    ['/@acme*', '/@acme%2fpkg'],
    ['/@acme%2F*', '/@acme/pkg'],
    ['/@acme%2F*', '/@acme%2Fpkg%2Fx'],
    ['/api/*/items', '/api/a%2Fb/items'],
    ['/**', '/%2Fx'],
    ['/**', '//x%2Fy'],
    ['/**', '/x;v%2F=1'],
  ])('an allow rule for %s does not allow %s', (glob, path) => expect(isAllowed([glob], path)).toBe(false));
});

/** Every reading of the path: `~` is an escaped slash that does not separate segments. */
const mixesOf = (path: string): string[] =>
  path.split(/%2f/i).reduce<string[]>((begun, rest, at) => {
    return at === 0 ? [rest] : begun.flatMap((one) => [`${one}/${rest}`, `${one}~${rest}`]);
  }, []);

const part = fc.constantFrom('%2F', '%2f', '/', '//', 'a', 'b', 'é', 'B', '.', ' ', '?', '#', ';', ':');
const path = fc
  .array(part, { minLength: 1, maxLength: 9 })
  .map((parts) => `/${parts.join('')}`.replaceAll('?', '%3F').replaceAll('#', '%23'))
  .map((text) => text.replaceAll(/[é ]/g, encodeURIComponent));
const glob = fc
  .array(fc.constantFrom('a', 'b', 'é', '*', '**', 'a*', '*b', '*a*'), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);
const globs = fc.array(glob, { minLength: 1, maxLength: 3 });

describe('every path with mixed slashes', () => {
  test('is denied when one of its readings is denied', () => {
    fc.assert(
      fc.property(globs, path, (globs, sent) => {
        const caught = mixesOf(sent).filter((mix) => deniesPath(globs, mix));
        expect(deniesPath(globs, sent) ? [] : caught).toEqual([]);
      }),
      { numRuns: runs(2000) },
    );
  });

  test('is allowed only when all of its readings are allowed', () => {
    fc.assert(
      fc.property(globs, path, (globs, sent) => {
        const refused = mixesOf(sent).filter((mix) => !isAllowed(globs, mix));
        expect(isAllowed(globs, sent) ? refused : []).toEqual([]);
      }),
      { numRuns: runs(2000) },
    );
  });

  test('is never allowed by any spelling of its slashes when it is denied', () => {
    const slash = fc.constantFrom('/', '%2F', '%2f', '//', './', '%20%2F', '%2F/', '.%2F', '%2F%2f');
    const policy = { allow: [rule(['/**'], 'allow')], deny: [rule(['/a/*/b/**'], 'deny')] };
    fc.assert(
      fc.property(fc.tuple(slash, slash, slash), ([one, two, three]) => {
        expect(verdict(policy, `/a${one}x%2Fy${two}b${three}c`)).toBe('deny');
      }),
      { numRuns: runs(500) },
    );
    expect(verdict(policy, '/a/x/y/b/c')).toBe('allow');
  });
});
