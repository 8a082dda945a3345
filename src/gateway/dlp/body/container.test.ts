import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { WARN_ONLY } from '../actions.ts';
import { skippedOf, zstdOf } from './compressed.testing.ts';
import { createInspector } from '../inspector.ts';
import { cut, pass, SECRET } from '../passing.testing.ts';
import { compileRules } from '../rules/compile.ts';

describe('secrets in compressed bytes outside of the decoded content', () => {
  const secret = Buffer.from(SECRET);
  const base64 = Buffer.from(secret.toString('base64'));
  const noise = Buffer.from(
    Array.from({ length: 20_000 }, (_, index) => `${(index * 7919) % 104_729}`).join('\n'),
  );
  /** Adds an extra field, a name or a comment (RFC 1952, 2.3), as `flag` announces it. */
  const gzipWith = (flag: number, field: Buffer, text = noise): Buffer => {
    const plain = zlib.gzipSync(text);
    const size = Buffer.from(flag === 4 ? [field.length & 255, field.length >> 8] : []);
    const end = Buffer.from(flag === 4 ? [] : [0]);
    const head = Buffer.concat([plain.subarray(0, 3), Buffer.from([flag]), plain.subarray(4, 10)]);
    return Buffer.concat([head, size, field, end, plain.subarray(10)]);
  };
  /** RFC 7932, 9.2: a window of 64 KiB, a block with metadata only, and an empty last block. */
  const brotliWith = (field: Buffer): Buffer => {
    const bits = 0b0101100 | ((field.length - 1) << 7);
    return Buffer.concat([Buffer.from([bits & 255, bits >> 8]), field, Buffer.from([3])]);
  };
  const [late, early] = [zlib.gzipSync(noise), gzipWith(16, secret, Buffer.from('hello'))];
  const members = Buffer.concat([late, early]);
  const made: [string, string, Buffer[], string][] = [
    ['an extra field of gzip', 'gzip', [gzipWith(4, secret)], 'raw'],
    ['a name of gzip', 'gzip', [gzipWith(8, secret)], 'raw'],
    ['a comment of gzip, in base64', 'gzip', [gzipWith(16, base64)], 'base64'],
    ['a name of gzip, in small pieces', 'gzip', cut(gzipWith(8, secret), [5, 12, 20, 30]), 'raw'],
    ['a later member of gzip', 'gzip', cut(members, [20_000, late.length + 20]), 'raw'],
    ['gzip in gzip', 'gzip, gzip', [zlib.gzipSync(gzipWith(8, secret))], 'gzip'],
    ['gzip in brotli', 'gzip, br', [zlib.brotliCompressSync(gzipWith(4, base64))], 'br>base64'],
    ['metadata of brotli', 'br', [brotliWith(secret)], 'raw'],
    ['a frame that zstd skips', 'zstd', [zstdOf(noise.subarray(0, 2_000)), skippedOf(secret)], 'raw'],
  ];

  test.each(made)('are found in %s', (...[, contentEncoding, pieces, encoding]) => {
    const { released, findings, blocked } = pass(pieces, { contentEncoding });
    expect([blocked, findings.map((finding) => finding.encoding)]).toEqual([true, [encoding]]);
    for (const one of [secret, base64]) expect(released.includes(one.subarray(0, 20))).toBe(false);
    expect(pass(pieces, { contentEncoding, action: 'redact' }).blocked).toBe(true);
  });

  test('are reported where the rule only warns', () => {
    const bytes = gzipWith(8, secret);
    const { released, findings } = pass([bytes], { contentEncoding: 'gzip', action: 'warn' });
    expect([released.equals(bytes), findings.map(({ id }) => id)]).toEqual([true, ['API_KEY']]);
  });

  test('are found in undecodable content that may pass', () => {
    const action = { ...WARN_ONLY, secret: 'block' } as const;
    const pieces = [Buffer.from('no gzip, '), secret.subarray(0, 9), secret.subarray(9)];
    const { released, blocked } = pass(pieces, { contentEncoding: 'gzip', action });
    expect([blocked, released.toString()]).toEqual([true, 'no gzip, ']);
  });

  test('are limited to known values', () => {
    const rules = compileRules({
      rules: [{ id: 'key', regex: 'key_[a-z0-9]{20}', keywords: ['key_'] }],
      allowlists: [],
    });
    const by = createInspector({ secrets: [], rules });
    const field = Buffer.from('key_0123456789abcdefghij ');
    expect(pass([field], {}, by).blocked).toBe(true);
    expect(pass([gzipWith(8, field)], { contentEncoding: 'gzip' }, by).findings).toEqual([]);
  });
});

describe('compressed bodies that end too early', () => {
  const text = Buffer.from(`{"hello":"world"} ${SECRET.slice(0, 20)} `.repeat(40));
  const codings: [string, Buffer][] = [
    ['gzip', zlib.gzipSync(text)],
    ['gzip', Buffer.concat([zlib.gzipSync('another'), zlib.gzipSync(text)])],
    ['deflate', zlib.deflateSync(text)],
    ['br', zlib.brotliCompressSync(text)],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(text).subarray(0, -9))],
    ['zstd', zstdOf(text)],
  ];

  test.each(codings)('are refused: %s', (contentEncoding, bytes) => {
    for (const missing of contentEncoding === 'gzip, br' ? [0, 1] : [1, 2, 8, 12]) {
      const pieces = cut(bytes.subarray(0, bytes.length - missing), [3, 20]);
      expect(pass(pieces, { contentEncoding, action: 'warn' })).toMatchObject({
        blocked: true,
        findings: [{ detector: 'undecodable', id: 'broken', encoding: contentEncoding }],
      });
      const may = pass(pieces, { contentEncoding, action: WARN_ONLY });
      expect([may.blocked, may.findings.length]).toEqual([false, 1]);
      expect(may.released.equals(Buffer.concat(pieces))).toBe(true);
    }
  });

  test('do not leave before their content is known', () => {
    const [first, second] = [zstdOf('hello'), zstdOf(text)];
    const pieces = [first, second.subarray(0, 9), second.subarray(9, -1)];
    const { released, blocked } = pass(pieces, { contentEncoding: 'zstd' });
    expect([blocked, released.subarray(0, first.length)]).toEqual([true, first]);
  });

  test('wait for their content no longer than a block can be', () => {
    const head = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);
    const pieces = [head, ...Array.from({ length: 40 }, () => Buffer.alloc(8 * 1024, 0x80))];
    const released = pass(pieces, { contentEncoding: 'gzip' }).released.length;
    expect(released).toBeGreaterThan(300 * 1024);
  });

  test.each(['gzip', 'deflate', 'br', 'gzip, gzip'])(
    'do not include an empty body: %s',
    (contentEncoding) => {
      expect(pass([], { contentEncoding })).toMatchObject({ blocked: false, findings: [] });
      expect(pass([Buffer.alloc(0)], { contentEncoding })).toMatchObject({ blocked: false, findings: [] });
    },
  );
});
