import { Buffer } from 'node:buffer';
import { Undecodable, type Decompressor } from './decompress.ts';

/**
 * Decodes chunked uploads to S3: a size, and often a signature, before each chunk, and trailers after the last one. AWS
 * clients use this by default (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html,
 * sigv4-streaming-trailers.html). S3 joins the chunks, so the gateway inspects them joined.
 */

/** The name of this coding in Content-Encoding. */
export const AWS_CHUNKED = 'aws-chunked';

type Line = 'size' | 'end of chunk' | 'trailer';

/** Longest line of each kind, with its CR LF. A longer line is broken. */
const LONGEST_LINES: Readonly<Record<Line, number>> = { size: 192, 'end of chunk': 2, trailer: 1024 };
const MAX_TRAILERS = 16;
/** The signature has 64 digits, or up to 144 with ECDSA, padded with stars to equal length. */
const SIZE = /^([\da-f]{1,13})(?:;chunk-signature=[\da-f]{64,144}\**)?\r\n$/i;
const TRAILER = /^[\w!#$%&'*+.^`|~-]+:[\t -~]*\r\n$/;
const LF = 0x0a;

/** Extracts the data of the chunks. Data come out at once, so `silent` is always 0. */
export function createAwsChunks(): Decompressor {
  /** The kind of the line that is being read; undefined: nothing may follow. */
  let expected: Line | undefined = 'size';
  let line = '';
  let chunkLeft = 0;
  let trailers = 0;
  let hasBegun = false;

  const next = (kind: Line): Line | undefined => {
    if (kind === 'size') {
      chunkLeft = Number.parseInt(sizeDigitsOf(line), 16);
      return chunkLeft > 0 ? 'end of chunk' : 'trailer';
    }
    if (line === '\r\n') return kind === 'trailer' ? undefined : 'size';
    trailers += 1;
    if (kind !== 'trailer' || trailers > MAX_TRAILERS || !TRAILER.test(line)) throw new Undecodable('broken');
    return 'trailer';
  };
  /** Reads a line from `at` on, and returns the position after what it read. */
  const readLine = (bytes: Uint8Array, at: number): number => {
    if (expected === undefined) throw new Undecodable('broken');
    const rest = bytes.subarray(at, at + LONGEST_LINES[expected] - line.length);
    const end = rest.indexOf(LF);
    const read = end < 0 ? rest : rest.subarray(0, end + 1);
    line += Buffer.from(read).toString('latin1');
    if (end >= 0) {
      expected = next(expected);
      line = '';
    } else if (line.length === LONGEST_LINES[expected]) throw new Undecodable('broken');
    return at + read.length;
  };
  return {
    silent: 0,
    push: (bytes) => {
      const chunks: Uint8Array[] = [];
      hasBegun ||= bytes.length > 0;
      for (let at = 0; at < bytes.length;) {
        const ofChunk = bytes.subarray(at, at + chunkLeft);
        chunkLeft -= ofChunk.length;
        if (ofChunk.length > 0) chunks.push(ofChunk);
        at = ofChunk.length > 0 ? at + ofChunk.length : readLine(bytes, at);
      }
      return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    },
    end: () => {
      if (hasBegun && expected !== undefined) throw new Undecodable('broken');
    },
    close: () => undefined,
  };
}

function sizeDigitsOf(line: string): string {
  const size = SIZE.exec(line)?.[1];
  if (size === undefined) throw new Undecodable('broken');
  return size;
}
