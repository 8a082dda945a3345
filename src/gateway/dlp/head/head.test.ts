import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { DISGUISES } from '../encodings.testing.ts';
import type { RequestHead } from '../finding.ts';
import { createInspector } from '../inspector.ts';
import { SECRET } from '../passing.testing.ts';
import { pinnedRules } from '../rules/pinned.ts';

const SECRETS = [{ name: 'API_KEY', value: SECRET, kind: 'secret' }] as const;
const make = (rememberedCharacters: number) =>
  createInspector({ secrets: SECRETS, rules: [], nowMs: () => 0, rememberedCharacters });

const coded = (name: string): string => DISGUISES[name]!(Buffer.from(SECRET)).toString('latin1');
/**
 * Parts of these decode alike whatever is next to them; characters of base64 and hex continue in the next text of a
 * scan.
 */
const ENDING_WITH_THEIR_TEXT = [SECRET, coded('percent, all')];
const GOING_ON = ['base64', 'hex'].map(coded);

/** Heads as clients send them, with pieces of a secret, plain and encoded. */
const headsWith = (forms: readonly string[]): fc.Arbitrary<RequestHead[]> => {
  const piece = fc
    .tuple(fc.constantFrom(...forms), fc.nat(), fc.integer({ min: 1, max: 20 }))
    .map(([text, from, length]) => text.slice(from % text.length, (from % text.length) + length));
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('0', 'js', 'Linux', 'application/json', 'node', 'a=1; b=2') },
    { weight: 1, arbitrary: piece },
    { weight: 2, arbitrary: fc.constantFrom(SECRET.slice(0, 17), SECRET.slice(17)) },
  );
  const head = fc.record({
    host: fc.constantFrom('a.example', 'b.example'),
    path: fc.oneof(
      fc.constant('/v1/messages'),
      piece.map((text) => `/x?c=${encodeURIComponent(text)}`),
    ),
    headers: fc.array(fc.tuple(fc.constantFrom('accept', 'x-a', 'x-b', 'x-10', 'x-9', 'cookie'), value), {
      maxLength: 5,
    }),
  });
  return fc.array(head, { minLength: 1, maxLength: 8 });
};

test('verdicts are the same with and without remembered results', () => {
  fc.assert(
    fc.property(headsWith(ENDING_WITH_THEIR_TEXT), (heads) => {
      const [remembering, forgetful] = [make(1 << 20), make(0)];
      // Sends all heads twice, so that each was inspected before.
      for (const request of [...heads, ...heads]) {
        const idsOf = (by: typeof remembering) => new Set(by.head(request).map(({ id }) => id));
        expect(idsOf(remembering)).toEqual(idsOf(forgetful));
      }
    }),
    { numRuns: runs(80) },
  );
});

test('a whole secret is found after and beside remembered texts, even in codings that continue in the next text', () => {
  const all = fc.tuple(headsWith([...ENDING_WITH_THEIR_TEXT, ...GOING_ON]), fc.constantFrom(...GOING_ON));
  fc.assert(
    fc.property(all, ([heads, form]) => {
      const by = make(1 << 20);
      for (const request of heads) by.head(request);
      for (const { headers, ...request } of heads)
        expect(by.head({ ...request, headers: [...headers, ['x-c', form]] }).length).toBeGreaterThan(0);
    }),
    { numRuns: runs(80) },
  );
});

test('a secret in two halves is found after hundreds of other requests', () => {
  const by = createInspector({ secrets: SECRETS, rules: pinnedRules() });
  const request = (text: string) =>
    by.head({
      host: 'a.example',
      path: `/p/${encodeURIComponent(text)}`,
      headers: [['x-n', `${text.length}`]],
    });
  for (let turn = 0; turn < 200; turn += 1) expect(request(`package-${(turn * 7919) % 1000}`)).toEqual([]);
  const pieces = SECRET.match(/.{1,20}/g) ?? [];
  const found = pieces.findIndex((text) => request(text).length > 0);
  expect(found).toBeGreaterThan(0);
});

test('parts that one host received are not counted for another', () => {
  const by = make(1 << 20);
  const request = (host: string, text: string) =>
    by.head({ host, path: '/', headers: [['x-a', text]] }).length;
  expect([request('a.example', SECRET.slice(0, 17)), request('b.example', SECRET.slice(0, 17))]).toEqual([
    0, 0,
  ]);
  expect(request('b.example', SECRET.slice(17))).toBeGreaterThan(0);
});

/** Requests that carry one piece each, by the place of the piece. */
const PLACES: Readonly<Record<string, (piece: string) => Partial<RequestHead>>> = {
  path: (piece) => ({ path: `/x/${piece}` }),
  parameter: (piece) => ({ path: `/x?c=${piece}` }),
  ...Object.fromEntries(
    ['x-note', 'user-agent', 'accept', 'accept-language', 'cache-control', 'content-type'].map((name) => [
      name,
      (piece: string) => ({ headers: [[name, piece]] as const }),
    ]),
  ),
};

test.each(Object.keys(PLACES))('a secret sent in two or three long pieces is found in %s', (place) => {
  for (const lengths of [
    [20, 20],
    [14, 13, 13],
  ]) {
    const value = 'gk7_Qz91XbTm4LpWc8RyVn2HsDf6JtKe3uAa5ZoE';
    const by = createInspector({
      secrets: [{ name: 'API_KEY', value, kind: 'secret' }],
      rules: [],
      nowMs: () => 0,
    });
    let at = 0;
    const found = lengths.map((length) => {
      const piece = value.slice(at, (at += length));
      return by.head({ host: 'a.example', path: '/x', headers: [], ...PLACES[place]?.(piece) }).length;
    });
    expect({ lengths, found: found.some((count) => count > 0) }).toEqual({ lengths, found: true });
  }
});

describe('patterns in heads', () => {
  const key = `SK${'0123456789abcdef'.repeat(2)}`;
  const by = createInspector({ secrets: SECRETS, rules: pinnedRules() });
  const ask = (part: Partial<RequestHead>) =>
    by.head({ host: 'a.example', path: '/v1', headers: [], ...part });

  test.each<[string, Partial<RequestHead>]>([
    [
      'two headers',
      {
        headers: [
          ['x-client-id', `a6awsrh2_oWS${key.slice(0, 2)}`],
          ['x-request-id', key.slice(2)],
        ],
      },
    ],
    ['cookies', { headers: [['cookie', `a=x${key.slice(0, 2)}; b=${key.slice(2)}`]] }],
    ['parameters', { path: `/v1?a=x${key.slice(0, 2)}&b=${key.slice(2)}` }],
    ['segments of the path', { path: `/v1/x${key.slice(0, 2)}/${key.slice(2)}` }],
  ])('do not match across %s, one of which ends as they begin', (_, part) => {
    expect(ask(part)).toEqual([]);
    // An escape anywhere makes the scan inspect the whole text once more, without escapes.
    const isEscaped = { headers: [...(part.headers ?? []), ['x-note', 'a%20b']] } as const;
    expect(ask({ ...part, ...isEscaped })).toEqual([]);
  });

  test.each<[string, Partial<RequestHead>]>([
    ['header:x-a', { headers: [['x-a', key]] }],
    ['header:x-a', { headers: [['x-a', Buffer.from(key).toString('base64')]] }],
    ['url', { path: `/v1?a=${key}` }],
  ])('match within a single value, in %s', (where, part) => {
    expect(ask(part)).toContainEqual(expect.objectContaining({ detector: 'pattern', where }));
  });

  test('match in a value that matched together with others before', () => {
    expect(ask({ path: `/v2?a=${key.slice(0, 2)}`, headers: [['x-a', key.slice(2)]] })).toEqual([]);
    expect(ask({ path: `/v2?a=${key}` })).toContainEqual(expect.objectContaining({ detector: 'pattern' }));
  });
});

test.each<[string, (bytes: Buffer) => string]>([
  ['pairs of digits', (bytes) => (bytes.toString('hex').match(/../g) ?? []).join(':')],
  ['0x', (bytes) => [...bytes].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(',')],
])('match compressed content in a part of a path, as %s', (_, listed) => {
  for (const packed of [gzipSync(SECRET), deflateSync(SECRET)]) {
    const path = `/v1/files/${listed(packed)}/x`;
    expect(make(0).head({ host: 'h.example', path, headers: [] })).toContainEqual(
      expect.objectContaining({ id: 'API_KEY' }),
    );
  }
});
