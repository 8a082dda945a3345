import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { createAwsChunks } from './aws-chunked.ts';
import { cut, pass, SECRET } from '../passing.testing.ts';

const SIGNATURE = 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2';
const SIGNED = `;chunk-signature=${SIGNATURE}`;
const CRC = 'x-amz-checksum-crc32:NhCmhg==\r\n';
const contentEncoding = 'aws-chunked';

interface Frame {
  readonly size: number;
  readonly extension?: string;
  readonly trailers?: string;
}

/** Returns the bytes as AWS clients send them. */
function chunked(bytes: Buffer, { size, extension = '', trailers = CRC }: Frame): Buffer {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
    const chunk = bytes.subarray(index * size, (index + 1) * size);
    return [`${chunk.length.toString(16)}${extension}\r\n`, chunk, '\r\n'];
  });
  return Buffer.concat(
    [...chunks.flat(), `0${extension}\r\n${trailers}\r\n`].map((part) => Buffer.from(part)),
  );
}

const clean = Buffer.from('{"hello":"world"}\r\n'.repeat(300));
const dirty = Buffer.concat([clean, Buffer.from(SECRET), clean]);

describe('uploads in AWS chunks', () => {
  test.each([
    ['none but the last', 0, { size: 1 }],
    ['one', 5_700, { size: 1024 ** 2 }],
    ['many small ones', 5_700, { size: 7 }],
    ['of a byte each', 900, { size: 1 }],
    ['signed', 5_700, { size: 1024, extension: SIGNED, trailers: '' }],
    [
      'signed, with trailers',
      5_700,
      { size: 1024, extension: SIGNED, trailers: `${CRC}x-amz-trailer-signature:${SIGNATURE}\r\n` },
    ],
    ['signed by ECDSA', 5_700, { size: 1024, extension: `;chunk-signature=${'3045'.repeat(35)}****` }],
  ])('pass unchanged: %s', (_, length, frame) => {
    const body = chunked(clean.subarray(0, length), frame);
    for (const cuts of [[], [1, 3, 100], Array.from({ length: 300 }, (_item, at) => at)]) {
      const { released, findings } = pass(cut(body, cuts), { contentEncoding });
      expect([released.equals(body), findings]).toEqual([true, []]);
    }
  });

  test('leave their chunks unchanged, however they are cut', () => {
    const sized = fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 20 }), fc.boolean());
    fc.assert(
      fc.property(sized, fc.array(fc.nat(), { maxLength: 8 }), ([bytes, size, isSigned], cuts) => {
        const body = chunked(Buffer.from(bytes), { size, extension: isSigned ? SIGNED : '' });
        for (const pieces of [cut(body, cuts), Array.from(body, (byte) => Buffer.of(byte))]) {
          const chunks = createAwsChunks();
          const given = pieces.map((piece) => Buffer.from(chunks.push(piece)));
          chunks.end();
          expect(Buffer.concat(given).equals(Buffer.from(bytes))).toBe(true);
        }
      }),
      { numRuns: runs(200) },
    );
  });

  test('are also inspected as received, because their host may not know chunks', () => {
    // A stored block swallows the frame of a chunk: if the chunks are not decoded, it continues as one stream.
    const packed = zlib.deflateRawSync(SECRET);
    const stored = Buffer.from([0x78, 0x9c, 0, 8, 0, 0xf7, 0xff]);
    const frame = Buffer.from(`\r\n${packed.length.toString(16).padStart(4, '0')}\r\n`);
    const head = Buffer.from(`${stored.length.toString(16)}\r\n`);
    const body = Buffer.concat([head, stored, frame, packed, Buffer.from('\r\n0\r\n\r\n')]);
    expect(zlib.inflateRawSync(Buffer.concat([stored.subarray(2), frame, packed])).includes(SECRET)).toBe(
      true,
    );
    expect(pass([body], { contentEncoding }).blocked).toBe(true);
  });

  test.each([1, 2, 7, 8, 20, 4096])(
    'are inspected without the framing of their chunks: chunks of %i',
    (size) => {
      for (const extension of ['', SIGNED]) {
        const { findings, blocked } = pass([chunked(dirty, { size, extension })], { contentEncoding });
        expect([blocked, findings.some(({ id }) => id === 'API_KEY')]).toEqual([true, true]);
      }
    },
  );

  test('release no value that begins in a chunk, wherever it is cut', () => {
    const body = chunked(Buffer.from(`key=${SECRET}`), { size: 11, extension: SIGNED });
    for (let at = 0; at <= body.length; at += 1) {
      const { released, blocked } = pass(cut(body, [at]), { contentEncoding });
      expect([blocked, released.includes(SECRET.slice(0, 7))]).toEqual([true, false]);
    }
  });

  test.each(['aws-chunked,gzip', 'gzip,aws-chunked', 'GZIP, AWS-Chunked', 'gzip, aws-chunked, identity'])(
    'leave their chunks before they are decompressed: %s',
    (coding) => {
      const of = (bytes: Buffer): Buffer => chunked(zlib.gzipSync(bytes), { size: 40 });
      expect(pass([of(clean)], { contentEncoding: coding })).toMatchObject({ blocked: false, findings: [] });
      expect(pass(cut(of(dirty), [50, 90]), { contentEncoding: coding })).toMatchObject({
        blocked: true,
        findings: [{ id: 'API_KEY', encoding: 'aws-chunked>gzip' }],
      });
    },
  );

  test('do not count as one of the allowed content codings', () => {
    const body = chunked(zlib.brotliCompressSync(zlib.gzipSync(dirty)), { size: 30 });
    expect(pass([body], { contentEncoding: 'gzip,br,aws-chunked' })).toMatchObject({
      blocked: true,
      findings: [{ id: 'API_KEY', encoding: 'aws-chunked>br>gzip' }],
    });
  });

  test.each([
    ['an extension', `5;chunk-signature=${SECRET}\r\nhello\r\n0\r\n\r\n`],
    ['a trailer', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${SECRET}\r\n\r\n`],
    ['a trailer, in base64', `0\r\nx-amz-meta:${Buffer.from(SECRET).toString('base64')}\r\n\r\n`],
    ['the name of a trailer, in hex', `0\r\n${Buffer.from(SECRET).toString('hex')}:1\r\n\r\n`],
  ])('are also inspected as received: a secret in %s', (_, body) => {
    const { findings, blocked } = pass([Buffer.from(body)], { contentEncoding });
    expect([blocked, findings[0]?.id]).toEqual([true, 'API_KEY']);
  });

  test.each([
    ['no chunks at all', 'hello'],
    ['no size', '\r\nhello\r\n0\r\n\r\n'],
    ['a size that is no number', 'five\r\nhello\r\n0\r\n\r\n'],
    ['a size below nothing', '-5\r\nhello\r\n0\r\n\r\n'],
    ['a size of 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a size that nothing has', 'fffffffffffffff\r\nhello'],
    ['a size that ends with LF', '5\nhello\r\n0\r\n\r\n'],
    ['a line of a size without end', `5;chunk-signature=${'a'.repeat(3000)}`],
    ['an extension that is not its own', '5;note=hello\r\nhello\r\n0\r\n\r\n'],
    ['a malformed signature', '5;chunk-signature=abc\r\nhello\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '4\r\nhello\r\n0\r\n\r\n'],
    ['a chunk that is shorter than it says', '6\r\nhello\r\n0\r\n\r\n'],
    ['a chunk that ends', '6\r\nhel'],
    ['no last chunk', '5\r\nhello\r\n'],
    ['no end behind the last chunk', '5\r\nhello\r\n0\r\n'],
    ['no end behind the trailers', `5\r\nhello\r\n0\r\n${CRC}`],
    ['a malformed trailer', '5\r\nhello\r\n0\r\nhello\r\n\r\n'],
    ['a trailer without end', `5\r\nhello\r\n0\r\nx:${'a'.repeat(3000)}`],
    ['very many trailers', `5\r\nhello\r\n0\r\n${CRC.repeat(17)}\r\n`],
    ['more behind its end', '5\r\nhello\r\n0\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
  ])('are refused with %s', (_, body) => {
    for (const pieces of [[Buffer.from(body)], Array.from(Buffer.from(body), (byte) => Buffer.of(byte))]) {
      const outcome = pass(pieces, { contentEncoding, action: 'warn' });
      expect(outcome).toMatchObject({
        blocked: true,
        findings: [{ detector: 'undecodable', id: 'broken', encoding: 'aws-chunked' }],
      });
    }
  });

  test('are refused when aws-chunked is listed twice, or with an unknown coding', () => {
    for (const coding of ['aws-chunked, aws-chunked', 'rot13, aws-chunked'])
      expect(pass([chunked(clean, { size: 9 })], { contentEncoding: coding })).toMatchObject({
        blocked: true,
        findings: [{ detector: 'undecodable' }],
      });
  });
});
