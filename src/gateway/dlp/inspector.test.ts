import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DISGUISES } from './encodings.testing.ts';
import type { Action, BodyFacts, Finding } from './finding.ts';
import { createInspector } from './inspector.ts';
import { unfitToLookFor } from './known/forms.ts';

const SECRET = 'sk-ant-api03-9xQ/zt+4LmP0=vB7&kW2';
const CANARY = 'canary-71f0c2d9a4';
const SECRETS = [
  { name: 'API_KEY', value: SECRET, kind: 'secret' },
  { name: 'bait', value: CANARY, kind: 'canary' },
] as const;

const inspector = () => createInspector({ secrets: SECRETS, rules: [] });

interface Outcome {
  readonly released: Buffer;
  readonly findings: readonly Finding[];
  readonly blocked: boolean;
}

function pass(pieces: readonly Uint8Array[], about: Partial<BodyFacts> = {}, by = inspector()): Outcome {
  const body = by.body({ host: 'h.example', where: 'body', action: 'block', ...about });
  const results = [...pieces.map((piece) => body.push(piece)), body.end()];
  return {
    released: Buffer.concat(results.map(({ release }) => release)),
    findings: results.flatMap(({ findings }) => findings),
    blocked: results.at(-1)?.blocked ?? false,
  };
}

/** `bytes` in pieces that end at `cuts`. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

// Compressed bytes as characters of a text, and compressed bytes without a mark inside a text, are what nobody can take apart.
const BINARY = new Set(['gzip', 'deflate', 'raw deflate', 'brotli']);
const TEXTUAL = Object.keys(DISGUISES).filter((name) => !BINARY.has(name));
const OF_BYTES = ['base64', 'base64url', 'base64, lines', 'base32', 'hex', 'hex, colons'];
const chains = fc.oneof(
  fc.array(fc.constantFrom(...TEXTUAL), { minLength: 1, maxLength: 3 }),
  fc.tuple(fc.constantFrom(...BINARY), fc.constantFrom(...OF_BYTES)),
  fc.tuple(fc.constantFrom(...TEXTUAL), fc.constantFrom(...BINARY), fc.constantFrom(...OF_BYTES)),
);
/** Numbers backwards, and UTF-16 of UTF-16, are not looked for. */
const isLookedFor = (chain: readonly string[]) =>
  !chain.some(
    (name, index) =>
      (name === 'decimal' && chain[index + 1] === 'reversed') ||
      (name === 'utf-16' && chain[index + 1] === 'utf-16'),
  );

describe('a known secret in a body', () => {
  test.each(Object.keys(DISGUISES))('as %s', (name) => {
    const { findings, blocked, released } = pass([DISGUISES[name]!(Buffer.from(SECRET))]);
    expect(findings).toContainEqual(expect.objectContaining({ detector: 'secret', id: 'API_KEY' }));
    expect([blocked, released.length]).toEqual([true, 0]);
  });

  test('up to three deep', () => {
    fc.assert(
      fc.property(chains.filter(isLookedFor), (chain) => {
        const disguised = chain.reduce<Buffer>((bytes, name) => DISGUISES[name]!(bytes), Buffer.from(SECRET));
        const { findings } = pass([Buffer.from('{"some":"'), disguised, Buffer.from('","more":1}')]);
        expect(findings.map(({ id }) => id)).toContain('API_KEY');
      }),
      { numRuns: 150 },
    );
  });

  test('is named, not told', () => {
    const { findings } = pass([Buffer.from(`x ${SECRET} y`)]);
    expect(findings[0]).toMatchObject({ encoding: 'raw', where: 'body', span: [2, 2 + SECRET.length] });
    expect(findings[0]?.fingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.stringify(findings)).not.toContain(SECRET.slice(0, 8));
  });

  test('in pieces, wherever they are cut: almost nothing of it leaves', () => {
    const names = ['base64', 'base64, lines', 'hex, colons', '\\u', 'percent, all', 'reversed'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(fc.nat(), { maxLength: 8 }), (name, cuts) => {
        const disguised = DISGUISES[name]!(Buffer.from(SECRET));
        const body = Buffer.concat([Buffer.from('{"text": "'), disguised, Buffer.from('"}')]);
        const { blocked, released } = pass(cut(body, cuts));
        expect(blocked).toBe(true);
        expect(released.length - 10).toBeLessThan(disguised.length / 4);
      }),
      { numRuns: 60 },
    );
  });

  test('in bodies one after the other', () => {
    const by = inspector();
    expect(pass([Buffer.from(`{"a":"${SECRET.slice(0, 17)}"}`)], {}, by).blocked).toBe(false);
    expect(pass([Buffer.from(`{"b":"${SECRET.slice(17)}"}`)], {}, by)).toMatchObject({
      blocked: true,
      findings: [{ id: 'API_KEY', encoding: 'pieces' }],
    });
  });
});

describe('what is no secret', () => {
  test('leaves as it came, wherever it is cut', () => {
    const about = fc.constantFrom<Action>('block', 'redact', 'warn');
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        about,
        (bytes, cuts, action) => {
          const outcome = pass(cut(Buffer.from(bytes), cuts), { action });
          expect(outcome.released.equals(bytes)).toBe(true);
          expect(outcome.findings).toEqual([]);
        },
      ),
    );
  });

  test('only the beginning of something is held back', () => {
    const body = inspector().body({ host: 'h', where: 'body', action: 'block' });
    expect(Buffer.from(body.push(Buffer.from('{"id": 1}\n')).release).toString()).toBe('{"id": 1}\n');
    expect(Buffer.from(body.push(Buffer.from('a sk-ant-')).release).toString()).toBe('a ');
    expect(Buffer.from(body.push(Buffer.from(' is a prefix')).release).toString()).toBe(
      'sk-ant- is a prefix',
    );
  });

  test('single bytes are looked at together, and all leave', () => {
    const bytes = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(100));
    const { released, blocked } = pass([...bytes].map((byte) => Buffer.of(byte)));
    expect([released.equals(bytes), blocked]).toEqual([true, false]);
  });
});

describe('actions', () => {
  const body = Buffer.from(`one ${SECRET} two ${CANARY} three`);

  test('redact overwrites what lies there as it stands', () => {
    const { released, findings, blocked } = pass(cut(body, [9, 20, 45]), { action: 'redact' });
    expect(released.toString()).toBe(
      `one ${'*'.repeat(SECRET.length)} two ${'*'.repeat(CANARY.length)} three`,
    );
    expect(findings.map(({ detector }) => detector)).toEqual(['secret', 'canary']);
    expect(blocked).toBe(false);
  });

  test('redact blocks what it cannot overwrite', () => {
    expect(pass([DISGUISES['base64']!(body)], { action: 'redact' }).blocked).toBe(true);
  });

  test('warn lets all pass', () => {
    const { released, findings, blocked } = pass([body], { action: 'warn' });
    expect([released.equals(body), findings.length, blocked]).toEqual([true, 2, false]);
  });
});

describe('Content-Encoding', () => {
  const clean = Buffer.from('{"hello":"world"}'.repeat(2_000));
  const dirty = Buffer.concat([clean, Buffer.from(SECRET), clean]);
  const codings: [string, (bytes: Buffer) => Buffer][] = [
    ['gzip', (bytes) => zlib.gzipSync(bytes)],
    ['deflate', (bytes) => zlib.deflateSync(bytes)],
    ['br', (bytes) => zlib.brotliCompressSync(bytes)],
    ['gzip, br', (bytes) => zlib.brotliCompressSync(zlib.gzipSync(bytes))],
  ];
  // Since Node 22.15; before, it is a coding that nobody knows.
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer };
  if (zstdCompressSync !== undefined) codings.push(['zstd', zstdCompressSync]);

  test.each(codings)('%s', (contentEncoding, encode) => {
    const pieces = cut(encode(clean), [5, 60]);
    expect(pass(pieces, { contentEncoding }).released.equals(Buffer.concat(pieces))).toBe(true);
    const found = pass(cut(encode(dirty), [5, 60]), { contentEncoding });
    expect(found).toMatchObject({ blocked: true, findings: [{ id: 'API_KEY' }] });
    expect(found.findings[0]?.span).toBeUndefined();
  });

  test.each([
    ['a coding nobody knows', 'rot13', clean, 'rot13'],
    ['a broken one', 'gzip', clean, 'broken'],
    ['a bomb', 'gzip', zlib.gzipSync(Buffer.alloc(64 << 20)), 'bomb'],
    [
      'a bomb of brotli',
      'br',
      zlib.brotliCompressSync(Buffer.alloc(64 << 20), {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 },
      }),
      'bomb',
    ],
  ])('%s is refused', (...[, contentEncoding, bytes, id]) => {
    const outcome = pass([bytes], { contentEncoding, action: 'warn' });
    expect(outcome).toMatchObject({ blocked: true, findings: [{ detector: 'undecodable', id }] });
    expect(outcome.released.length).toBe(0);
  });
});

test('what cannot be decoded passes where the rule says so', () => {
  const bytes = Buffer.from('not gzip at all');
  const outcome = pass(cut(bytes, [3, 9]), { contentEncoding: 'gzip', undecodable: 'pass' });
  expect(outcome).toMatchObject({ blocked: false, findings: [{ detector: 'undecodable', id: 'broken' }] });
  expect(outcome.released.equals(bytes)).toBe(true);
});

describe('the head of a request', () => {
  const half = SECRET.length / 2;
  const [first, second] = [SECRET.slice(0, half), SECRET.slice(half)];
  const HEAD = { host: 'api.example.com', path: '/', headers: [['user-agent', 'curl/8']] } as const;

  test.each([
    ['the path', { ...HEAD, path: `/a/${encodeURIComponent(SECRET)}` }, 'url'],
    ['a header', { ...HEAD, headers: [['X-Data', Buffer.from(SECRET).toString('base64')]] }, 'header:x-data'],
    [
      'two headers',
      {
        ...HEAD,
        headers: [
          ['x-a', first],
          ['host', 'h'],
          ['x-b', second],
        ],
      },
      'headers',
    ],
    [
      'headers by number',
      {
        ...HEAD,
        headers: [
          ['x-10', second],
          ['x-9', first],
        ],
      },
      'headers',
    ],
    ['cookies', { ...HEAD, headers: [['cookie', `a=${first}; b=${second}`]] }, 'headers'],
    [
      'parameters',
      { ...HEAD, path: `/?q=${encodeURIComponent(first)}&r=${encodeURIComponent(second)}` },
      'headers',
    ],
    [
      'host labels in hex',
      { ...HEAD, host: `${Buffer.from(SECRET).toString('hex').replace(/.{60}/, '$&.')}.example.com` },
      'host',
    ],
    [
      'host labels in base64, folded',
      { ...HEAD, host: `${Buffer.from(SECRET).toString('base64url').toLowerCase()}.example.com` },
      'host',
    ],
  ] as const)('in %s', (_, head, where) => {
    const findings = inspector().head(head);
    expect(findings).toContainEqual(expect.objectContaining({ id: 'API_KEY' }));
    expect(
      findings
        .map((finding) => finding.where)
        .filter((found) => found === where || found.startsWith('header') || found === 'url'),
    ).not.toEqual([]);
  });

  test('in one character after the other, over requests', () => {
    const by = inspector();
    const found = Array.from(
      SECRET,
      (character) => by.head({ ...HEAD, path: `/x?c=${encodeURIComponent(character)}&v=1` }).length > 0,
    );
    expect(found.indexOf(true)).toBeGreaterThan(0);
    expect(found.indexOf(true)).toBeLessThan(SECRET.length * 0.8);
  });

  test('in two characters after the other, over frames', () => {
    const by = inspector();
    const frames = SECRET.match(/.{1,2}/g) ?? [];
    const found = frames.map(
      (text) => pass([Buffer.from(JSON.stringify({ text }))], { where: 'frame' }, by).blocked,
    );
    expect(found.indexOf(true)).toBeGreaterThan(0);
    expect(found.indexOf(true)).toBeLessThan(frames.length * 0.8);
  });

  test('an ordinary one', () => {
    expect(
      inspector().head({ ...HEAD, path: '/v1/messages?beta=true', headers: [['cookie', 'a=1; b=2']] }),
    ).toEqual([]);
  });
});

test.each([
  ['short', true],
  ['aaaaaaaaaaaa', true],
  ['  seven77 ', true],
  ['eight888', false],
])('%j is unfit to look for: %j', (value, isUnfit) => {
  expect(unfitToLookFor(value) !== undefined).toBe(isUnfit);
});

test('pieces that were refused are refused again, and what comes after them is not', () => {
  const value = 'q7Zp3mXw9LtR5vKd2HsN8bYc';
  const inspector = createInspector({ secrets: [{ name: 'x', value, kind: 'secret' }], rules: [] });
  const found = (path: string): number => inspector.head({ host: 'a.test', path, headers: [] }).length;
  expect(found(`/${value}`)).toBeGreaterThan(0);
  expect(found('/')).toBe(0);
  expect(found(`/${value.slice(0, 6)}`)).toBe(0);
  expect(found(`/${value.slice(6, 12)}`)).toBe(0);
  for (let again = 0; again < 3; again += 1) expect(found(`/${value.slice(12)}`)).toBeGreaterThan(0);
  expect(found('/')).toBe(0);
});
