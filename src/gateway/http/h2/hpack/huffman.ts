/** The Huffman code of HPACK (RFC 7541, 5.2 and Appendix B). */

/**
 * Code lengths of each byte. The code is canonical, so the lengths define it. The last entry, 256, is the end of a
 * string.
 */
const CODE_BITS: readonly number[] = [
  // Control characters
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  // Signs and digits
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  // Letters
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  // Beyond ASCII
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  [30],
].flat();

const END_OF_STRING = 256;
const LONGEST_BITS = 30;

/**
 * The tree of the code, with two cells per node: the targets of a 0 and a 1. A positive cell is another node, a
 * negative one is ~symbol. No cell leads to the root, so 0 means none.
 */
const TREE = growTree();

function growTree(): Int16Array {
  const tree = new Int16Array(2 * 257);
  let nodes = 1;
  let code = 0;
  for (let bits = 1; bits <= LONGEST_BITS; bits += 1) {
    for (const [symbol, length] of CODE_BITS.entries()) {
      if (length !== bits) continue;
      let at = 0;
      for (let bit = bits - 1; bit > 0; bit -= 1) {
        const cell = 2 * at + ((code >>> bit) & 1);
        if (tree[cell] === 0) tree[cell] = nodes++;
        at = tree[cell] ?? 0;
      }
      tree[2 * at + (code & 1)] = ~symbol;
      code += 1;
    }
    code *= 2;
  }
  return tree;
}

let text = Buffer.allocUnsafeSlow(4_096);

/**
 * Decodes the bytes from `start` to `end`, as Latin-1. Returns undefined for an invalid code: it contains the end of a
 * string, or its last bits are not a prefix of that.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  // The shortest code has five bits.
  if (text.length < (end - start) * 2) text = Buffer.allocUnsafeSlow((end - start) * 2);
  let [length, node, sinceSymbol, areOnes] = [0, 0, 0, true];
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    for (let bit = 7; bit >= 0; bit -= 1) {
      const isOne = (byte >>> bit) & 1;
      const next = TREE[2 * node + isOne] ?? 0;
      if (next >= 0) {
        node = next;
        sinceSymbol += 1;
        areOnes &&= isOne === 1;
        continue;
      }
      if (~next === END_OF_STRING) return undefined;
      text[length++] = ~next;
      [node, sinceSymbol, areOnes] = [0, 0, true];
    }
  }
  return areOnes && sinceSymbol < 8 ? text.toString('latin1', 0, length) : undefined;
}
