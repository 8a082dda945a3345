import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { stripCredentials } from './strip.ts';

const THEIRS = 'attackers-own-key-9999';
const NAMES = ['api_key', 'apikey', 'key', 'access_token', 'private_token', 'sig', 'X-Amz-Signature'];

/** Every name that some server may read for a parameter: split at more than `&`, decoded once or more, in any case. */
function readings(path: string): string[] {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      return unescape(text);
    }
  };
  // An escape in a value is content, and no server splits there; in the path, some servers decode first.
  const [, before = '', query = ''] = /^([^?]*)(.*)$/s.exec(path) ?? [];
  return [query, decode(before), `${decode(before)}${query}`].flatMap((read) =>
    read
      .split(/[?&;]/)
      .filter((parameter) => parameter.includes(THEIRS))
      .map((parameter) => parameter.split('=')[0] ?? '')
      .flatMap((name) => [name, decode(name), decode(decode(name)), decode(decode(decode(name)))])
      .flatMap((name) => [name, name.replace(/\[.*$/, ''), name.replace(/\0.*$/s, '')])
      .map((name) => name.trim().toLowerCase().replaceAll('-', '_').replaceAll('.', '_')),
  );
}

/** A name with some characters in another spelling, and other text around it. */
const spelledName = fc
  .constantFrom(...NAMES)
  .chain((name) =>
    fc.tuple(
      ...Array.from(name, (char) => {
        const hex = char.charCodeAt(0).toString(16);
        const other = { _: ['-', '.', '%2D', '+'], '-': ['_', '%5f'] }[char] ?? [char.toUpperCase()];
        return fc.constantFrom(char, char, char, `%${hex}`, `%${hex.toUpperCase()}`, `%25${hex}`, ...other);
      }),
    ),
  )
  .map((chars) => chars.join(''));
const around = fc.constantFrom(
  '',
  '',
  '',
  '+',
  '%20',
  '%00',
  '[]',
  '%5B0%5D',
  ';',
  '&',
  '?',
  '%26',
  '%3F',
  '%3b',
  'a=1;',
  'x?',
);
const parameter = fc
  .tuple(around, spelledName, around)
  .map(([before, name, after]) => `${before}${name}${after}=${THEIRS}`);
const separator = fc.constantFrom('?', '&', ';', '/x?a=b&', '%3F', '%3f', ';v=1?');

test('no way to read a query finds a key of the caller under a known name', () => {
  const known = new Set(NAMES.map((name) => name.toLowerCase().replaceAll('-', '_')));
  fc.assert(
    fc.property(fc.array(fc.tuple(separator, parameter), { minLength: 1, maxLength: 3 }), (parts) => {
      const stripped = stripCredentials({ path: `/v1${parts.flat().join('')}`, headers: [] }, {});
      const left = 'refused' in stripped ? [] : readings(stripped.path);
      expect(left.filter((name) => known.has(name))).toEqual([]);
    }),
    { numRuns: runs(1000) },
  );
});

test('stripping twice changes nothing more, and requests without credentials stay unchanged', () => {
  const plain = fc.stringMatching(
    /^\/[a-z0-9/._~-]{0,20}(\?[a-d]{1,3}=[a-z0-9%41/:@-]{0,10}(&[a-d]{1,3}=[a-z0-9]{0,5}){0,3})?$/,
  );
  fc.assert(
    fc.property(plain, (path) => {
      expect(stripCredentials({ path, headers: ['accept', path] }, {})).toEqual({
        path,
        headers: ['accept', path],
      });
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(separator, parameter), { maxLength: 3 }), (parts) => {
      const once = stripCredentials({ path: `/v1${parts.flat().join('')}`, headers: [] }, {});
      fc.pre(!('refused' in once));
      expect('path' in once && stripCredentials(once, {})).toEqual(once);
    }),
  );
});

test.each([
  '/repos/o/r/actions/caches?key=linux-npm',
  '/a?filter[key]=b',
  '/a?b=1&api_key=c&KEY=d',
  '/a;key=b',
  '/a?b=1;key=c',
])('a parameter that may be a key or data is refused, not removed: %s', (path) => {
  expect(stripCredentials({ path, headers: [] }, {})).toHaveProperty('refused');
  expect(stripCredentials({ path, headers: [] }, { header: 'key', parameter: 'api_key' })).toHaveProperty(
    'refused',
  );
});

test('a parameter of the caller is dropped where the identity goes into that parameter', () => {
  const stripped = stripCredentials(
    { path: '/a?key=theirs&b=1&K%65Y=theirs', headers: [] },
    { parameter: 'key' },
  );
  expect(stripped).toEqual({ path: '/a?b=1', headers: [] });
});
