/** Decoding streams of one alphabet, at each alignment that they can have. */

const BITS_OF_32 = new Uint8Array(256);
for (const [value, character] of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567').entries()) {
  BITS_OF_32[character.charCodeAt(0)] = value;
}

/** Shorter streams hold nothing that is looked for. */
export const SHORTEST = { base64: 10, hex: 16, base32: 12 } as const;

export type Alphabet = keyof typeof SHORTEST;

const ALIGNMENTS: Readonly<Record<Alphabet, number>> = { base64: 4, hex: 2, base32: 8 };

/** What `stream` (as `streamsOf` gives it) stands for, beginning at each of its first characters; bits at the end are dropped. */
export function decodings(alphabet: Alphabet, stream: Uint8Array): Uint8Array[] {
  if (alphabet === 'base32') {
    return Array.from({ length: ALIGNMENTS.base32 }, (_, skipped) => fromBase32(stream.subarray(skipped)));
  }
  const text = Buffer.from(stream.buffer, stream.byteOffset, stream.length).toString('latin1');
  return Array.from({ length: ALIGNMENTS[alphabet] }, (_, skipped) =>
    Buffer.from(text.slice(skipped), alphabet),
  );
}

function fromBase32(stream: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.floor((stream.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (const byte of stream) {
    held = ((held << 5) | BITS_OF_32[byte]!) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[length++] = (held >> bits) & 0xff;
    }
  }
  return out;
}
