import { crc32, hasSum } from './crc32.ts';

/** What an .xz stream begins with, and its first block: The .xz File Format 1.2.1, 2.1.1 and 3.1. */

export const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
export const XZ_HEAD_BYTES = 12;

/** LZMA2 (5.3.1): the only filter here, and in what programs write that are not told otherwise. */
const LZMA2 = 0x21;

/** Whether the whole head of a stream stands at `at`, with its sum: programs that read xz have the mark alone. */
export function isXzHead(bytes: Uint8Array, at: number): boolean {
  if (!XZ_MAGIC.every((byte, index) => bytes[at + index] === byte)) return false;
  return hasSum(bytes, { sumAt: at + 8, from: at + 6, to: at + 8 });
}

/**
 * The size of the dictionary that a stream asks for in its first block, in bytes. `more`: that is behind `bytes`. `broken`: there is
 * no stream. `sealed`: it has filters that nobody has here.
 */
export function xzHeadOf(bytes: Uint8Array): number | 'more' | 'broken' | 'sealed' {
  const magic = XZ_MAGIC.subarray(0, bytes.length);
  if (!magic.every((byte, index) => bytes[index] === byte)) return 'broken';
  if (bytes.length < XZ_HEAD_BYTES) return 'more';
  if (!isXzHead(bytes, 0)) return 'broken';
  return dictionaryBytesOf(bytes.subarray(XZ_HEAD_BYTES));
}

/** Of the block whose head `bytes` begin with. */
function dictionaryBytesOf(bytes: Uint8Array): number | 'more' | 'broken' | 'sealed' {
  const [size, flags = 0] = bytes;
  if (size === undefined) return 'more';
  // The index: there is no block.
  if (size === 0) return 0;
  const head = bytes.subarray(0, blockHeadBytes(size));
  if (head.length < blockHeadBytes(size)) return 'more';
  const sumAt = head.length - SUM_BYTES;
  if (!hasSum(head, { sumAt, from: 0, to: sumAt })) return 'broken';
  if ((flags & 0x3f) !== 0) return 'sealed';
  const [id, propertyBytes, bits = 0] = head.subarray(filterAt(head));
  if (id !== LZMA2 || propertyBytes !== 1 || bits > MOST_BITS) return 'sealed';
  return dictionaryOf(bits);
}

/** The stream that `bytes` begin with, of which `xzHeadOf` told the size of the dictionary, with one of `atLeast` bytes. */
export function withDictionary(bytes: Uint8Array, atLeast: number): Uint8Array {
  const changed = Buffer.from(bytes);
  const sizeByte = changed[XZ_HEAD_BYTES] ?? 0;
  if (sizeByte === 0) return changed;
  const size = blockHeadBytes(sizeByte);
  const head = changed.subarray(XZ_HEAD_BYTES, XZ_HEAD_BYTES + size);
  const sumAt = size - SUM_BYTES;
  let bits = 0;
  while (dictionaryOf(bits) < atLeast) bits += 1;
  head[filterAt(head) + 2] = bits;
  head.writeUInt32LE(crc32(head.subarray(0, sumAt)), sumAt);
  return changed;
}

const SUM_BYTES = 4;

/** With its sum; `size` as it stands in the first byte. */
function blockHeadBytes(size: number): number {
  return (size + 1) * 4;
}

/** Where the only filter stands: behind the sizes, which may be there. */
function filterAt(head: Uint8Array): number {
  let at = 2;
  for (const flag of [0x40, 0x80]) if (((head[1] ?? 0) & flag) !== 0) at = behindNumber(head, at);
  return at;
}

const MOST_BITS = 40;

/** 5.3.1. */
function dictionaryOf(bits: number): number {
  return bits === MOST_BITS ? 2 ** 32 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

/** Behind a number, of which all bytes but the last have the highest bit: 1.2. */
function behindNumber(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  return at + 1;
}
