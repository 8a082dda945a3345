import { describe, expect, test } from 'vitest';
import { zstdOf } from '../body/compressed.testing.ts';
import { cut, pass, SECRET } from '../passing.testing.ts';
import type { Engine } from './types.ts';
import { createZstdEngine } from './zstd.ts';

/** Tests the engine for zstd alone. */

/** A text with the secret in hex, compressed by `zstd -19`. */
const SAMPLE = Buffer.from(
  'KLUv/WS0APUGABLMIReAaxsARlQhQRGRJFaIDG7WRrQzvTBTGu0at2um8dsdpTUwpdBKSFArgSGVIQiJ4WooGIhVpEQpAalQwBKWqkAlYiqtXc' +
    'ynSL/xn1yF273xU5Fu/EUb1P2Sy8jDXbz2w74kzNsMt+6fh298u0bEeT78g442Ho1vvLgr0n8OD7wq3JR9F8/9XCYoEDSn7gEwBFLUxlYMhRAM' +
    'WYDLFM9ETkOlABTQKa6F2Q9HA7Dp1LkRI3oQhJbn4ppgERCBBAhubFkIM3DYiIJTCAwY+ZGLAU1lMnT8rKxejV5xAoa8DTs=',
  'base64',
);
const MANY_BYTES = 1 << 24;
const ORDINARY = 'nothing of importance, and some more of it, so that it is cut somewhere';

/** Returns the output of these pieces, the state after the last, and whether the data are complete. */
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

describe('the engine for zstd', () => {
  test('decodes the output of the program, however it is cut', () => {
    const bytes = SAMPLE;
    for (let at = 0; at <= bytes.length; at += 1) {
      const engine = createZstdEngine();
      const { text, state, isWhole } = written(engine, cut(bytes, [at]));
      engine.close();
      expect([text.includes(Buffer.from(SECRET).toString('hex')), state, isWhole]).toEqual([
        true,
        'more',
        true,
      ]);
    }
  });

  test('is not complete before the last byte', () => {
    const bytes = SAMPLE;
    for (let length = 9; length < bytes.length; length += 1) {
      const engine = createZstdEngine();
      expect(written(engine, [bytes.subarray(0, length)])).toMatchObject({ state: 'more', isWhole: false });
      engine.close();
    }
  });

  test('returns everything before a wrong checksum at the end, and reports it as broken', () => {
    const bytes = Buffer.from(SAMPLE);
    // The checksum of the content ends the frame.
    bytes[bytes.length - 1]! ^= 1;
    const engine = createZstdEngine();
    const { output, state } = engine.write(bytes, MANY_BYTES);
    expect([Buffer.from(output).includes(Buffer.from(SECRET).toString('hex')), state]).toEqual([
      true,
      'broken',
    ]);
    engine.close();
    expect(pass([bytes]).blocked).toBe(true);
    expect(pass([Buffer.from(bytes.toString('base64'))]).blocked).toBe(true);
  });

  test('reports the end of its data, and continues after it', () => {
    const behind = zstdOf('and another');
    const engine = createZstdEngine();
    const first = engine.write(Buffer.concat([zstdOf('one'), behind]), MANY_BYTES);
    expect(first).toMatchObject({ state: 'ended', unread: behind.length });
    expect(written(engine, cut(behind, [3, 9]))).toEqual({
      text: 'and another',
      state: 'more',
      isWhole: true,
    });
    engine.close();
  });

  test('returns no more than requested, except for a begun block', () => {
    const engine = createZstdEngine();
    expect(engine.write(SAMPLE, 10).state).toBe('large');
    engine.close();
  });

  test('decodes empty content', () => {
    const engine = createZstdEngine();
    expect(written(engine, [zstdOf('')])).toEqual({ text: '', state: 'more', isWhole: true });
    engine.close();
  });

  test('reports data of another format', () => {
    const engine = createZstdEngine();
    expect(engine.write(Buffer.from('no such data at all'), MANY_BYTES).state).toBe('broken');
    engine.close();
  });
});

test('ends the least recently used one of too many open zstd frames', () => {
  const bytes = zstdOf(ORDINARY, { windowDescriptor: 0x68 });
  const engines = Array.from({ length: 40 }, () => {
    const engine = createZstdEngine();
    expect(engine.write(bytes.subarray(0, 60), MANY_BYTES).state).toBe('more');
    return engine;
  });
  const states = engines.map((engine) => engine.write(bytes.subarray(60), MANY_BYTES).state);
  expect(states.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'sealed'));
  expect(states.slice(-4)).toEqual(['more', 'more', 'more', 'more']);
  for (const engine of engines) engine.close();
});
