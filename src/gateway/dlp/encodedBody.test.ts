import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TELL_ALL } from './actions.ts';
import { cut, pass, SECRET } from './passing.testing.ts';

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

describe('an archive that is no Content-Encoding', () => {
  const noise = Buffer.from(
    Array.from({ length: 60_000 }, (_, index) => `${(index * 7919) % 104_729}`).join('\n'),
  );
  const archive = zlib.gzipSync(Buffer.concat([noise, Buffer.from(SECRET), noise]), { level: 1 });
  const form = Buffer.concat([
    Buffer.from('--x\r\ncontent-type: application/gzip\r\n\r\n'),
    archive,
    Buffer.from('\r\n--x--\r\n'),
  ]);

  test('is looked into beyond a window', () => {
    expect(archive.length).toBeGreaterThan(3 * 64 * 1024);
    const { findings, blocked } = pass(cut(form, [100, 70_000, 150_000]));
    expect([blocked, findings.map(({ encoding }) => encoding)]).toEqual([true, ['gzip']]);
  });

  test('is looked into to its end', () => {
    const late = zlib.gzipSync(Buffer.concat([noise, Buffer.from(SECRET)]), { level: 1 });
    expect(pass([late, Buffer.from('\r\n--x--\r\n')]).blocked).toBe(true);
  });

  test('passes as it came when there is nothing in it', () => {
    const clean = zlib.gzipSync(noise);
    const { released, findings } = pass(cut(clean, [100, 70_000]));
    expect([released.equals(clean), findings]).toEqual([true, []]);
  });
});

test('what cannot be decoded passes where the rule says so', () => {
  const bytes = Buffer.from('not gzip at all');
  const outcome = pass(cut(bytes, [3, 9]), {
    contentEncoding: 'gzip',
    action: { ...TELL_ALL, secret: 'block' },
  });
  expect(outcome).toMatchObject({ blocked: false, findings: [{ detector: 'undecodable', id: 'broken' }] });
  expect(outcome.released.equals(bytes)).toBe(true);
});
