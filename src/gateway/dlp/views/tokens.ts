import { CODES, decodingOf, type Decoding } from './decode.ts';
import type { Streams } from './streams.ts';

/**
 * Lengths of digests, in bytes. Digests are common, and compressed data has these lengths only by chance, so only a few
 * are tried.
 */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([20, 32, 48, 64]);
const MAX_DIGESTS = 8;

/** Returns the decoding of each base64 token as a whole. */
export function* tokensOf({ base64, tokens }: Streams): Generator<Decoding> {
  let digests = 0;
  for (const { start, end } of tokens) {
    const decoding = decodingOf(CODES.base64, base64.subarray(start, end), 0);
    if (DIGEST_LENGTHS.has(decoding.length) && ++digests > MAX_DIGESTS) continue;
    yield decoding;
  }
}
