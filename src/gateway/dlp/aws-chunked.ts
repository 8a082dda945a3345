import { Buffer } from 'node:buffer';
import { Undecodable, type Decompressor } from './decompress.ts';

/**
 * Uploads to S3 in chunks with a size, and often a signature, before each, and trailers behind the last one: what AWS's clients do
 * by default (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, sigv4-streaming-trailers.html). S3 puts the
 * chunks together, so they are looked at put together.
 */

/** The name that it has in Content-Encoding. */
export const AWS_CHUNKED = 'aws-chunked';

type Line = 'size' | 'end of chunk' | 'trailer';

/** No line is longer, with its CR LF: what goes on is broken before it ends. */
const LONGEST_LINES: Readonly<Record<Line, number>> = { size: 192, 'end of chunk': 2, trailer: 1024 };
const MAX_TRAILERS = 16;
/** A signature of 64 digits, or of ECDSA's up to 144, made equally long by stars. */
const SIZE = /^([\da-f]{1,13})(?:;chunk-signature=[\da-f]{64,144}\**)?\r\n$/i;
const TRAILER = /^[\w!#$%&'*+.^`|~-]+:[\t -~]*\r\n$/;
const LF = 0x0a;

/** Takes the chunks' bytes out of their frame. Each comes out as it comes in, so nothing is ever silent. */
export function createAwsChunks(): Decompressor {
  /** Of which a part has come; undefined: nothing may follow. */
  let expected: Line | undefined = 'size';
  let line = '';
  let chunkLeft = 0;
  let trailers = 0;
  let hasBegun = false;

  const next = (kind: Line): Line | undefined => {
    if (kind === 'size') {
      chunkLeft = Number.parseInt(sizeOf(line), 16);
      return chunkLeft > 0 ? 'end of chunk' : 'trailer';
    }
    if (line === '\r\n') return kind === 'trailer' ? undefined : 'size';
    trailers += 1;
    if (kind !== 'trailer' || trailers > MAX_TRAILERS || !TRAILER.test(line)) throw new Undecodable('broken');
    return 'trailer';
  };
  /** Reads on in a line from here, and gives where it was read to. */
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

function sizeOf(line: string): string {
  const size = SIZE.exec(line)?.[1];
  if (size === undefined) throw new Undecodable('broken');
  return size;
}
