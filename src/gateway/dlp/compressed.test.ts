import { describe, expect, test } from 'vitest';
import { tarOf } from './archives.testing.ts';
import { BRANCHES_X86, lzma2, skippedOf, xzOf, zstdOf } from './compressed.testing.ts';
import { TELL_ALL } from './actions.ts';
import { createEngine } from './engine.ts';
import type { Engine } from './engines/types.ts';
import { createXzEngine } from './engines/xz.ts';
import { createZstdEngine } from './engines/zstd.ts';
import { createInspector } from './inspector.ts';
import { cut, pass, passInThread, SECRET } from './passing.testing.ts';
import { createInspectionThread } from './thread/thread.ts';
import { startInThisThread } from './thread/thread.testing.ts';

/** zstd and xz: both are looked into on every supported Node, or refused. */

/** A text with the secret in hex, by `xz` and by `zstd -19`. */
const SAMPLES = {
  xz: Buffer.from(
    '/Td6WFoAAATm1rRGBMDzAbQDIQEcAAAAAAAAAL5w5wbgAbMA610ANJuK76/jaJPTx89ZRDg4HKo1YhErEf9R/tKP5u5u7Y1vRfENPEeIw0WhN6' +
      'c8N+mFK0rl+D8SEHjQIaBGgwaJ5kwpX2XHtuqTSEM80VhPCM0cQ6EfsF1tUoOhgZSofjOLhxOhDL79pma1BNz2OKwe0GlteZeX49+m4ZhbaIK4' +
      'ucVxntNSRPsi/4WMz4ZmwMwJW/WTlY0e2d4y107MsxCOJ8ixXnVD5NRzi8wi5pbymZjk6/+TrDWvr+GYboGM712WLmNBguFkwoy1EE/ahoFx/r' +
      'atu8WgQjU8w/D93VwdB71fEMkHc1KOEr94AAAA3HBB8nlVtv0AAY8CtAMAACRGJcaxxGf7AgAAAAAEWVo=',
    'base64',
  ),
  zstd: Buffer.from(
    'KLUv/WS0APUGABLMIReAaxsARlQhQRGRJFaIDG7WRrQzvTBTGu0at2um8dsdpTUwpdBKSFArgSGVIQiJ4WooGIhVpEQpAalQwBKWqkAlYiqtXc' +
      'ynSL/xn1yF273xU5Fu/EUb1P2Sy8jDXbz2w74kzNsMt+6fh298u0bEeT78g442Ho1vvLgr0n8OD7wq3JR9F8/9XCYoEDSn7gEwBFLUxlYMhRAM' +
      'WYDLFM9ETkOlABTQKa6F2Q9HA7Dp1LkRI3oQhJbn4ppgERCBBAhubFkIM3DYiIJTCAwY+ZGLAU1lMnT8rKxejV5xAoa8DTs=',
    'base64',
  ),
} as const;

/** 2 MB of zeros, by `xz -9e --check=none`. */
const XZ_BOMB = Buffer.from(
  '/Td6WFoAAAD/EtlBBMDoAoCJeiEBHAAAAAAAAM1WA5T+hH8BYF0AAG/9//+jt/9HPkgVcjlhUbiSKOajhgf57uQegtMvxTo8AUuxfsmKik0vow' +
    '3Zf6bjjCMRU+BZGMV1iuJ3+LaUfwxqwN50SWTi6VxTsgTY90QMq18NbUbp5cN2iLeWV6y2TeFpHW/7S4gQbELLiD9cAI/QTq8mKJRxHz2PJOFw' +
    'nqcjX+woy4XRlZiKfiqR8id19xnABphNmP3Yr9WQD8QlU/j1kTYxBaWw7m/BcE1HDNGREaqtYB26zrEnGFxZhulmUli+6XasWeTlWwUI+cfarf' +
    'z7Uit0zR5bIEL53VM9+ClkCTuAyyps37U78MS9Ll+qDz5LZkKQEw7/EJP4cXhZ+AvN/5UoRg+p/Hze+5owLlbAj4Xzg4HAZcQlU/j1kTYxBaWw' +
    '7m/BcE1HDNGREaqtYB26zrEnGFxZhulmUli+6XasWeTlWwUI+cfarfz7Uit0zR5bIEL53VM9+ARBAl4AAAAAAfwCgIl6AJdZqA2oAAr8AgAAAA' +
    'AAWVo=',
  'base64',
);

type Kind = 'zstd' | 'xz';

const MAKERS: Readonly<Record<Kind, (data: Buffer | string) => Buffer>> = {
  zstd: (data) => zstdOf(data),
  xz: (data) => (data === '' ? xzOf() : xzOf(data)),
};
const KINDS = Object.entries(MAKERS) as [Kind, (data: Buffer | string) => Buffer][];
const ENGINES: Readonly<Record<string, [Kind, () => Engine]>> = {
  zstd: ['zstd', () => createEngine('zstd')!],
  'zstd in WebAssembly': ['zstd', createZstdEngine],
  xz: ['xz', () => createEngine('xz')!],
};
const MANY_BYTES = 1 << 24;
const ORDINARY = 'API_URL=https://api.example.com/v1 # nothing of importance\n';
const tokenTar = (text: string): Buffer => tarOf('.env', Buffer.from(text));

/** All that comes of these pieces, and how the last of them ends. */
function written(
  engine: Engine,
  pieces: readonly Buffer[],
): { text: string; state: string; isWhole: boolean } {
  let state = 'more';
  const outputs = pieces.map((piece) => {
    const result = engine.write(piece, MANY_BYTES);
    ({ state } = result);
    return result.output;
  });
  return { text: Buffer.concat(outputs).toString(), state, isWhole: engine.isWhole() };
}

describe.each(Object.entries(ENGINES))('the engine for %s', (_, [kind, create]) => {
  const make = MAKERS[kind];

  test('undoes what the program wrote, whatever pieces it comes in', () => {
    const bytes = SAMPLES[kind];
    for (let at = 0; at <= bytes.length; at += 1) {
      const engine = create();
      const { text, state, isWhole } = written(engine, cut(bytes, [at]));
      engine.close();
      expect([text.includes(Buffer.from(SECRET).toString('hex')), state, isWhole]).toEqual([
        true,
        'more',
        true,
      ]);
    }
  });

  test('is not whole before the last byte', () => {
    const bytes = SAMPLES[kind];
    // A part of its head says nothing, and Node takes some of these for whole.
    for (let length = 9; length < bytes.length; length += 1) {
      const engine = create();
      expect(written(engine, [bytes.subarray(0, length)])).toMatchObject({ state: 'more', isWhole: false });
      engine.close();
    }
  });

  test('tells where its data ends, and goes on behind that', () => {
    const behind = make('and another');
    const engine = create();
    const first = engine.write(Buffer.concat([make('one'), behind]), MANY_BYTES);
    expect(first).toMatchObject({ state: 'ended', unread: behind.length });
    expect(written(engine, cut(behind, [3, 9]))).toEqual({
      text: 'and another',
      state: 'more',
      isWhole: true,
    });
    engine.close();
  });

  test('gives no more than is asked for, but for what it has begun', () => {
    const engine = create();
    expect(engine.write(SAMPLES[kind], 10).state).toBe('large');
    engine.close();
  });

  test('undoes what is empty', () => {
    const engine = create();
    expect(written(engine, [make('')])).toEqual({ text: '', state: 'more', isWhole: true });
    engine.close();
  });

  test('tells what is no such data', () => {
    const engine = create();
    expect(engine.write(Buffer.from('no such data at all'), MANY_BYTES).state).toBe('broken');
    engine.close();
  });
});

describe('the memory of engines', () => {
  test.each<[string, () => Engine, (data: string) => Buffer]>([
    ['zstd', createZstdEngine, (data) => zstdOf(data, { windowDescriptor: 0x68 })],
    ['xz', createXzEngine, (data) => xzOf({ data, filters: [lzma2(22)] })],
  ])('is bounded: of %s, what was used longest ago cannot go on', (_, create, make) => {
    const bytes = make(ORDINARY);
    const engines = Array.from({ length: 40 }, () => {
      const engine = create();
      expect(engine.write(bytes.subarray(0, 60), MANY_BYTES).state).toBe('more');
      return engine;
    });
    const states = engines.map((engine) => engine.write(bytes.subarray(60), MANY_BYTES).state);
    expect(states.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'sealed'));
    expect(states.slice(-4)).toEqual(['more', 'more', 'more', 'more']);
    for (const engine of engines) engine.close();
  });

  test('a dictionary beyond what there is of xz is sealed', () => {
    const engine = createXzEngine();
    expect(engine.write(xzOf({ data: 'x', filters: [lzma2(30)] }), MANY_BYTES).state).toBe('sealed');
    expect(written(createXzEngine(), [xzOf({ data: 'x', filters: [lzma2(28)] })])).toMatchObject({
      text: 'x',
    });
  });
});

test('streams of xz with different dictionaries, one after the other, use the same memory', () => {
  for (let round = 0; round < 20; round += 1) {
    for (let dictionary = 10; dictionary <= 22; dictionary += 1) {
      const engine = createXzEngine();
      const bytes = xzOf({ data: ORDINARY, filters: [lzma2((dictionary * 5) % 23)] });
      expect(written(engine, [bytes])).toEqual({ text: ORDINARY, state: 'more', isWhole: true });
      engine.close();
    }
  }
});

test('what is undone to little needs no large dictionary of xz: an upload goes on beside it', () => {
  const bytes = xzOf({ data: ORDINARY, filters: [lzma2(28)] });
  const [upload, other] = [createXzEngine(), createXzEngine(4_096)];
  expect(upload.write(bytes.subarray(0, 60), MANY_BYTES).state).toBe('more');
  expect(written(other, [bytes])).toEqual({ text: ORDINARY, state: 'more', isWhole: true });
  expect(upload.write(bytes.subarray(60), MANY_BYTES).state).toBe('more');
  for (const engine of [upload, other]) engine.close();
});

describe.each(KINDS)('a body with %s', (kind, make) => {
  const dirty = make(tokenTar(`TOKEN=${SECRET}\n`));
  const clean = make(tokenTar(ORDINARY));

  const WAYS: readonly [string, (bytes: Buffer) => Buffer[]][] = [
    ['as it is', (bytes) => [bytes]],
    ['in many pieces', (bytes) => cut(bytes, [1, 5, 7, 11, 13, 40, 300])],
    ['behind other bytes', (bytes) => [Buffer.concat([Buffer.from('\0\x01\xfd7z(\xb5', 'latin1'), bytes])]],
    ['in base64', (bytes) => [Buffer.from(JSON.stringify({ file: bytes.toString('base64') }))]],
    ['in hex', (bytes) => [Buffer.from(bytes.toString('hex'))]],
    ['behind a frame that is skipped', (bytes) => [Buffer.concat([skippedOf('a note'), bytes])]],
    ['behind another, and padding', (bytes) => [Buffer.concat([make('first'), Buffer.alloc(8), bytes])]],
  ];

  test.each(WAYS)('is looked into %s', (_, form) => {
    const found = pass(form(dirty));
    expect(found.blocked).toBe(true);
    expect(found.findings).toContainEqual(expect.objectContaining({ detector: 'secret', id: 'API_KEY' }));
    const pieces = form(clean);
    const passed = pass(pieces);
    expect(passed).toMatchObject({ blocked: false, findings: [] });
    expect(passed.released.equals(Buffer.concat(pieces))).toBe(true);
  });

  test('is looked into wherever it is cut', () => {
    const bytes = make(`TOKEN=${SECRET}`);
    for (let at = 1; at < bytes.length; at += 1) expect(pass(cut(bytes, [at])).blocked).toBe(true);
  });

  test('is refused where a secret is split over two', () => {
    const [one, two] = [SECRET.slice(0, 16), SECRET.slice(16)];
    const both = Buffer.concat([make(`TOKEN=${one}`), make(`${two}\n`)]);
    expect(pass([both]).blocked).toBe(true);
    expect(pass([both], { contentEncoding: kind }).blocked).toBe(true);
  });

  test('in a Content-Encoding may be several, and nothing else', () => {
    const bytes = Buffer.concat([make(ORDINARY), make('and more')]);
    expect(pass([bytes], { contentEncoding: kind })).toMatchObject({ blocked: false, findings: [] });
    expect(pass([Buffer.concat([bytes, Buffer.from('rest')])], { contentEncoding: kind }).blocked).toBe(true);
  });

  test('is judged alike in the inspection thread', async () => {
    const secrets = [{ name: 'API_KEY', value: SECRET, kind: 'secret' }] as const;
    const by = createInspector({
      secrets,
      rules: [],
      thread: createInspectionThread(() => startInThisThread([])),
    });
    for (const [bytes, contentEncoding] of [
      [dirty, undefined],
      [clean, undefined],
      [dirty, kind],
      [clean, kind],
    ] as const) {
      const pieces = cut(Buffer.concat([bytes]), [100, 2_000]);
      const about = contentEncoding === undefined ? {} : { contentEncoding };
      const { blocked } = await passInThread(pieces, about, by);
      expect(blocked).toBe(bytes === dirty);
      expect(pass(pieces, about).blocked).toBe(blocked);
    }
  });

  test('is a bomb where it is far more than it was', () => {
    // RFC 8878, 3.1.1.2.2: 128 KiB of one byte, again and again.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x00]);
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
    const bomb = Buffer.concat([frame, ...Array.from({ length: 400 }, () => block)]);
    const { blocked, findings } = pass([kind === 'zstd' ? bomb : XZ_BOMB]);
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, expect.arrayContaining(['bomb'])]);
  });
});

describe('xz that is not looked into', () => {
  const [filtered, whole] = [
    xzOf({ data: SECRET, filters: [BRANCHES_X86, lzma2(22)] }),
    xzOf({ data: ORDINARY }),
  ];
  const damaged = Buffer.from(whole);
  damaged[30]! ^= 0xff;
  const sealed: readonly [string, Buffer][] = [
    ['with a filter that nobody has here', filtered],
    ['with one in its second block', xzOf(ORDINARY, { data: SECRET, filters: [BRANCHES_X86, lzma2(22)] })],
    ['with a dictionary that is too large', xzOf({ data: SECRET, filters: [lzma2(36)] })],
    ['that is damaged', damaged],
    ['that is cut', whole.subarray(0, -1)],
    ['that is cut in its head', whole.subarray(0, 13)],
  ];

  test.each(sealed)('is refused: one %s', (_, bytes) => {
    const { blocked, findings } = pass([bytes]);
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, expect.arrayContaining(['xz'])]);
    expect(pass([bytes], { contentEncoding: 'xz' }).blocked).toBe(true);
    expect(pass([bytes], { action: TELL_ALL }).blocked).toBe(false);
  });

  test('is none where only the mark stands', () => {
    const mark = Buffer.from('a program that reads \xfd7zXZ\0 and writes it', 'latin1');
    expect(pass([mark])).toMatchObject({ blocked: false, findings: [] });
    const list = Buffer.concat(Array.from({ length: 200 }, () => mark));
    expect(pass([list])).toMatchObject({ blocked: false, findings: [] });
  });
});
