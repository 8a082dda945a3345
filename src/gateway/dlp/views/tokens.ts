import { CODES, decodingOf, type Decoding } from './decode.ts';
import type { Streams } from './streams.ts';

/** Digests are common, and compressed data only by chance as long: 20, 32, 48 and 64 bytes. A few are tried. */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([20, 32, 48, 64]);
const MAX_DIGESTS = 8;

/** What words in base64 can be read as, each as a whole. */
export function* tokensOf({ base64, tokens }: Streams): Generator<Decoding> {
  let digests = 0;
  for (const { start, end } of tokens) {
    const decoding = decodingOf(CODES.base64, base64.subarray(start, end), 0);
    if (DIGEST_LENGTHS.has(decoding.length) && ++digests > MAX_DIGESTS) continue;
    yield decoding;
  }
}
