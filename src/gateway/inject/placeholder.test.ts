import { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeholderFor } from './placeholder.ts';

const draw = (below: number): number => randomInt(below);

const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const from = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');
const jwtPart = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const KEYS: readonly (readonly [prefix: string, key: string, shape: RegExp])[] = [
  ['sk-ant-api03-', `sk-ant-api03-${from(`${ALNUM}-_`, 93)}AA`, /^sk-ant-api03-[\w-]{93}AA$/],
  ['sk-ant-oat01-', `sk-ant-oat01-${from(`${ALNUM}-_`, 93)}AA`, /^sk-ant-oat01-[\w-]{93}AA$/],
  ['sk-proj-', `sk-proj-${from(`${ALNUM}-_`, 148)}`, /^sk-proj-[\w-]{148}$/],
  ['sk-', `sk-${from(ALNUM, 48)}`, /^sk-[A-Za-z0-9]{48}$/],
  ['ghp_', `ghp_${from(ALNUM, 36)}`, /^ghp_[A-Za-z0-9]{36}$/],
  [
    'github_pat_',
    `github_pat_${from(ALNUM, 22)}_${from(ALNUM, 59)}`,
    /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/,
  ],
  ['npm_', `npm_${from(ALNUM, 36)}`, /^npm_[A-Za-z0-9]{36}$/],
  ['AKIA', `AKIA${from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`, /^AKIA[A-Z0-9]{16}$/],
  ['', from('0123456789abcdef', 40), /^[0-9a-f]{40}$/],
  ['', '0b8e1c7a-52d4-4f6e-9a31-c0ffee123456', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  ['', `${from(`${ALNUM}+/`, 40)}==`, /^[\w+/]{40}==$/],
];

const hasCommon = (a: string, b: string, length: number): boolean =>
  Array.from({ length: Math.max(0, a.length - length + 1) }, (_, at) => a.slice(at, at + length)).some(
    (part) => b.includes(part),
  );

describe('placeholders', () => {
  test.each(KEYS)('keep the beginning of %s...: %s', (prefix, key, shape) => {
    const placeholder = placeholderFor(key, draw);
    expect(placeholder).toMatch(shape);
    expect(placeholder.length).toBe(key.length);
    expect(placeholder.startsWith(prefix)).toBe(true);
    expect(hasCommon(placeholder.slice(prefix.length), key.slice(prefix.length), 9)).toBe(false);
    expect(placeholderFor(key, draw)).not.toBe(placeholder);
  });

  test('have the length and the kinds of characters of the secret, and share no long part with it', () => {
    const kinds = (text: string): string =>
      [/[0-9]/, /[a-z]/, /[A-Z]/, /[-_]/].map((kind) => Number(kind.test(text))).join('');
    const body = fc.stringMatching(/^[\w-]{20,80}$/);
    fc.assert(
      fc.property(fc.constantFrom('', 'ghp_', 'npm_', 'sk-proj-', 'sk-ant-api03-'), body, (prefix, rest) => {
        fc.pre(new Set(rest).size > 10 && !/^[\da-f-]+$/i.test(rest));
        const placeholder = placeholderFor(prefix + rest, draw);
        expect(placeholder.length).toBe(prefix.length + rest.length);
        expect(kinds(placeholder)).toBe(kinds(prefix + rest));
        expect(hasCommon(placeholder.slice(prefix.length), rest, 9)).toBe(false);
      }),
    );
  });

  test('never depend on the order of the characters in the secret', () => {
    const constant = (): number => 0;
    expect(placeholderFor('ghp_aB3dE5gH1jK2', constant)).toBe(placeholderFor('ghp_2Kj1Hg5Ed3Ba', constant));
  });

  test.each([
    [
      { alg: 'RS256', kid: 'the-key-of-acme', typ: 'JWT' },
      { sub: 'user-4711', email: 'a@acme.example', exp: 1 },
    ],
    [{ alg: 'none' }, { a: 1 }],
    [
      { alg: 'HS256', typ: 'JWT' },
      { sub: 'someone', aud: ['a', 'b'], scope: 'x'.repeat(300) },
    ],
  ])('of the JWT %j %j are JWTs without its claims', (header, claims) => {
    const secret = [jwtPart(header), jwtPart(claims), from(ALNUM, 42)].join('.');
    const placeholder = placeholderFor(secret, draw);
    const parts = placeholder.split('.');
    expect(parts.map((part) => part.length)).toEqual(secret.split('.').map((part) => part.length));
    const decoded = parts.slice(0, 2).map((part) => Buffer.from(part, 'base64url').toString());
    for (const text of decoded) expect(JSON.parse(text)).toBeTypeOf('object');
    expect(decoded.join()).not.toMatch(/acme|4711|someone|RS256/);
    expect(hasCommon(parts[2] ?? '', secret.split('.')[2] ?? '', 9)).toBe(false);
  });
});
