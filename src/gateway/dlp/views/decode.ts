/** Decoding streams of one alphabet, at each alignment that they can have. */

const BITS_OF_32 = new Uint8Array(256);
for (const [value, character] of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567').entries()) {
  BITS_OF_32[character.charCodeAt(0)] = value;
}

/** Shorter streams hold nothing that is looked for. */
export const SHORTEST = { base64: 10, hex: 16, base32: 12 } as const;

export type Alphabet = keyof typeof SHORTEST;

/** How many characters it takes until their bits end with a byte; of base32, the bits of a byte that it can begin at. */
const ALIGNMENTS: Readonly<Record<Alphabet, number>> = { base64: 4, hex: 2, base32: 8 };

/** What `stream` (as `streamsOf` gives it) stands for at each of its alignments, one at a time; bits at the end are dropped. */
export function* decodings(alphabet: Alphabet, stream: Uint8Array): Generator<Uint8Array> {
  if (alphabet === 'base32') {
    const bits = bitsOf32(stream);
    for (let shift = 0; shift < ALIGNMENTS.base32; shift += 1)
      yield shifted(bits, shift, Math.floor((stream.length * 5 - shift) / 8));
    return;
  }
  const text = Buffer.from(stream.buffer, stream.byteOffset, stream.length).toString('latin1');
  for (let skipped = 0; skipped < ALIGNMENTS[alphabet]; skipped += 1)
    yield Buffer.from(text.slice(skipped), alphabet);
}

/** The bits of the characters, with zeros after the last. */
function bitsOf32(stream: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((stream.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (let at = 0; at < stream.length; at += 1) {
    held = (held << 5) | BITS_OF_32[stream[at]!]!;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out[length++] = held >> bits;
    held &= 0xff;
  }
  if (bits > 0) out[length] = held << (8 - bits);
  return out;
}

/** So many bytes of `bytes`, without its first bits. */
function shifted(bytes: Uint8Array, shift: number, length: number): Uint8Array {
  if (shift === 0) return bytes.subarray(0, length);
  const out = new Uint8Array(length);
  let byte = bytes[0]!;
  for (let at = 0; at < length; at += 1) {
    const next = bytes[at + 1] ?? 0;
    out[at] = (byte << shift) | (next >> (8 - shift));
    byte = next;
  }
  return out;
}
