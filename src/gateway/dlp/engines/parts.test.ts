import { describe, expect, test } from 'vitest';
import { lzma2, xzOf, zstdOf } from '../compressed.testing.ts';
import { createEngine } from '../engine.ts';
import { cut, pass, SECRET } from '../passing.testing.ts';
import type { Engine } from './types.ts';
import { createXzEngine } from './xz.ts';
import { createZstdEngine } from './zstd.ts';

/** The engines for zstd and xz, by themselves. */

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

type Kind = 'zstd' | 'xz';

const MAKERS: Readonly<Record<Kind, (data: Buffer | string) => Buffer>> = {
  zstd: (data) => zstdOf(data),
  xz: (data) => (data === '' ? xzOf() : xzOf(data)),
};
const ENGINES: Readonly<Record<string, [Kind, () => Engine]>> = {
  zstd: ['zstd', () => createEngine('zstd')!],
  xz: ['xz', () => createEngine('xz')!],
};
const MANY_BYTES = 1 << 24;
const ORDINARY = 'nothing of importance, and some more of it, so that it is cut somewhere';

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
    for (let length = 9; length < bytes.length; length += 1) {
      const engine = create();
      expect(written(engine, [bytes.subarray(0, length)])).toMatchObject({ state: 'more', isWhole: false });
      engine.close();
    }
  });

  test('gives all that stands before a wrong sum at the end, and calls it broken', () => {
    const bytes = Buffer.from(SAMPLES[kind]);
    // The sum of the content: at the end of a frame of zstd, and before the index of a stream of xz.
    const sumAt = kind === 'zstd' ? bytes.length - 1 : bytes.indexOf('0001', bytes.length - 40, 'hex') - 1;
    bytes[sumAt]! ^= 1;
    const engine = create();
    const { output, state } = engine.write(bytes, MANY_BYTES);
    expect([Buffer.from(output).includes(Buffer.from(SECRET).toString('hex')), state]).toEqual([
      true,
      'broken',
    ]);
    engine.close();
    expect(pass([bytes]).blocked).toBe(true);
    expect(pass([Buffer.from(bytes.toString('base64'))]).blocked).toBe(true);
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
  ])(
    'its memory is bounded: of many open streams of %s, the least recently used one is given up',
    (_, create, make) => {
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
    },
  );

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
