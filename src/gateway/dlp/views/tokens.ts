import { CODES, decodingOf, type Decoding } from './decode.ts';
import type { Streams } from './streams.ts';

/** Digests are common, and compressed data only by chance as long: 20, 32, 48 and 64 bytes. A few are tried. */
const DIGEST_LENGTHS: ReadonlySet<number> = new Set([20, 32, 48, 64]);
const MAX_DIGESTS = 8;

/** What words in base64 can be read as, forwards and backwards, each as a whole; with the codings that this is. */
export function* tokensOf({ base64, tokens }: Streams): Generator<readonly [Decoding, codings: string[]]> {
  let digests = 0;
  for (const { start, end } of tokens) {
    const values = base64.subarray(start, end);
    const forwards = decodingOf(CODES.base64, values, { backwards: false, firstBit: 0 });
    if (DIGEST_LENGTHS.has(forwards.length) && ++digests > MAX_DIGESTS) continue;
    yield [forwards, ['base64']];
    yield [{ ...forwards, backwards: true }, ['reversed', 'base64']];
  }
}
