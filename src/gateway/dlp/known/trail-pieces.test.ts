import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pass } from '../passing.testing.ts';
import { createInspector } from '../inspector.ts';
import type { Inspector, KnownSecret } from '../finding.ts';

const VALUE = 'gk7_Qz91XbTm4LpWc8RyVn2HsDf6JtKe3uAa5ZoE';

const make = (value: string): Inspector =>
  createInspector({ secrets: [{ name: 'API_KEY', value, kind: 'secret' }], rules: [], nowMs: () => 0 });

const asks = (by: Inspector, path: string, headers: readonly (readonly [string, string])[] = []): boolean =>
  by.head({ host: 'a.example', path, headers }).length > 0;
const sends = (by: Inspector, text: string, where: string): boolean =>
  pass([Buffer.from(text, 'latin1')], { where }, by).blocked;

/** Whether a piece is refused, by where it goes. */
const PLACES: Readonly<Record<string, (by: Inspector, piece: string) => boolean>> = {
  header: (by, piece) => asks(by, '/', [['x-note', piece]]),
  path: (by, piece) => asks(by, `/x/${piece}`),
  query: (by, piece) => asks(by, `/x?c=${encodeURIComponent(piece)}&v=1`),
  body: (by, piece) => sends(by, piece, 'body'),
  frame: (by, piece) => sends(by, `{"text":"${piece}"}`, 'frame'),
};
const BEFORE: Readonly<Record<string, string>> = {
  header: 'other',
  path: 'models',
  query: '',
  body: 'ping',
  frame: '',
};

/** Of a byte. */
const FORMS: Readonly<Record<string, (byte: number, hex: string) => string>> = {
  '%73': (_, hex) => `%${hex}`,
  '%2573': (_, hex) => `%25${hex}`,
  '\\x73': (_, hex) => `\\x${hex}`,
  '\\u0073': (_, hex) => `\\u00${hex}`,
  '\\u{73}': (_, hex) => `\\u{${hex}}`,
  '&#x73;': (_, hex) => `&#x${hex};`,
  '&#115;': (byte) => `&#${byte};`,
  '115,': (byte) => `${byte},`,
};

const inPieces = (text: string, size: number): string[] => text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
const formed = (value: string, form: string): string[] =>
  Array.from(Buffer.from(value), (byte) => FORMS[form]!(byte, byte.toString(16).padStart(2, '0')));

/** How much has gone when the first piece is refused, of all; 1: nothing was. */
function goneOf(by: Inspector, place: string, pieces: readonly string[]): number {
  const first = pieces.findIndex((piece) => PLACES[place]!(by, piece));
  const gone = first === -1 ? pieces : pieces.slice(0, first);
  return gone.join('').length / pieces.join('').length;
}

/** More than this may not have gone; what is told of it. */
const MOST = 0.85;
const verdictOf = (gone: number): string =>
  gone <= MOST ? 'refused in time' : `${Math.round(100 * gone)} % gone`;

describe.each(Object.keys(PLACES))('escapes in pieces, from request to request: in a %s', (place) => {
  test.each(Object.keys(FORMS))('%s', (form) => {
    const escapes = formed(VALUE, form);
    const verdicts = [1, 2, 3, 5, 8].flatMap((bytes) => {
      const pieces = Array.from({ length: Math.ceil(escapes.length / bytes) }, (_, at) =>
        escapes.slice(at * bytes, (at + 1) * bytes).join(''),
      );
      const used = make(VALUE);
      PLACES[place]!(used, BEFORE[place]!);
      return [make(VALUE), used].map((by) => `${bytes}: ${verdictOf(goneOf(by, place, pieces))}`);
    });
    expect(verdicts).toEqual([1, 2, 3, 5, 8].flatMap((bytes) => Array(2).fill(`${bytes}: refused in time`)));
  });

  test('cut anywhere', () => {
    const sizes = [1, 7, 16, 32, 40];
    const escapes = formed(VALUE, '%73').join('');
    const verdicts = sizes.map((size) => verdictOf(goneOf(make(VALUE), place, inPieces(escapes, size))));
    expect(verdicts).toEqual(sizes.map(() => 'refused in time'));
  });
});

describe('a long value, a character per request', () => {
  /** Without any order, and always the same. */
  const long = (length: number): string =>
    createHash('shake256', { outputLength: length }).update('value').digest('base64url').slice(0, length);

  test.each([
    ['108 characters', long(108), (value: string) => value],
    ['108 characters in hex', long(108), (value: string) => Buffer.from(value).toString('hex')],
    ['108 characters with percent signs', long(108), (value: string) => formed(value, '%73').join('')],
    ['1,000 characters', long(1000), (value: string) => value],
  ])('%s', (_, value, coded) => {
    const pieces = Array.from(coded(value));
    const verdicts = ['header', 'body'].map((place) => verdictOf(goneOf(make(value), place, pieces)));
    expect(verdicts).toEqual(['refused in time', 'refused in time']);
  });

  test('wrapped in two hundred others', () => {
    const value = long(108);
    const by = make(value);
    const wrapped = Array.from(value, (character) => `/${'w'.repeat(200)}/${character}`);
    const first = wrapped.findIndex((path) => asks(by, path));
    expect(verdictOf(first / value.length)).toBe('refused in time');
    expect(first).toBeGreaterThan(0);
  });
});

test.each<[string, (at: number) => string]>([
  ['identifiers', () => randomUUID()],
  ['long values', (at) => `${at}`.padEnd(90, 'another long value ')],
])('%s between pieces hide nothing', (_, between) => {
  const by = make(VALUE);
  const found = Array.from(VALUE, (character, at) => {
    asks(by, '/', [['x-note', between(at)]]);
    return asks(by, '/', [['x-note', character]]);
  });
  expect(verdictOf(found.indexOf(true) / VALUE.length)).toBe('refused in time');
  expect(found.indexOf(true)).toBeGreaterThan(0);
});

describe('what is ordinary is not refused', () => {
  const by = createInspector({
    secrets: Array.from({ length: 50 }, (_, index): KnownSecret => {
      const bytes = randomBytes(24);
      return {
        name: `S${index}`,
        value: bytes.toString(index % 2 === 0 ? 'base64url' : 'hex'),
        kind: 'secret',
      };
    }),
    rules: [],
  });
  const word = (at: number): string => ['react', 'types', 'größe', 'a b', 'x/y', '"z"', '100%'][at % 7]!;
  const escaped = (text: string): string =>
    Array.from(text, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

  test.each<[string, (at: number) => string]>([
    ['pages', (at) => `/items?page=${at}&per=100`],
    ['searches', (at) => `/search?q=${encodeURIComponent(`${word(at)} ${word(at * 3)}`)}`],
    ['JSON in queries', (at) => `/e?d=${encodeURIComponent(JSON.stringify({ at, word: word(at) }))}`],
    ['packages', (at) => `/@types%2f${word(at * 5)}-${at}`],
    ['digests', (at) => `/blobs/sha256:${createHash('sha256').update(`${at}`).digest('hex')}`],
    ['bytes in hex', (at) => `/byte?b=%${(at % 256).toString(16).padStart(2, '0')}`],
    ['JSON with escapes', (at) => `{"text":"${escaped(word(at))}"}`],
    ['numbers', (at) => `[${at % 256},${(at * 7) % 256}]`],
  ])('%s', (_, textOf) => {
    const refused = Array.from({ length: 400 }, (__, at) => textOf(at)).filter((text, at) => {
      const headers = [
        ['x-count', `${at}`],
        ['x-hash', createHash('md5').update(text).digest('hex')],
      ] as const;
      return asks(by, text, headers) || sends(by, text, 'body');
    });
    expect(refused).toEqual([]);
  });
});
