import { createEngine } from '../engine.ts';

/** Compressed data that nothing here undoes: nobody can say what is in there. */

interface Mark {
  readonly bytes: Buffer;
  /** Whether what stands around the mark is as it must be: a short one turns up by chance. */
  readonly isPlausible: (bytes: Uint8Array, at: number) => boolean;
}

/** By what they begin with: the formats' own descriptions; zstd by RFC 8878, 3.1.1. */
const MARKS = {
  // Programs that read them have the marks of both, and no sum behind it: `tar`, busybox, a layer of any system.
  xz: {
    bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    isPlausible: (bytes, at) => hasSum(bytes, { sumAt: at + 8, from: at + 6, to: at + 8 }),
  },
  '7z': {
    bytes: Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    isPlausible: (bytes, at) => hasSum(bytes, { sumAt: at + 8, from: at + 12, to: at + SEALED_HEAD }),
  },
  // The beginning of its first block; before it stands `BZh` and a digit.
  bzip2: {
    bytes: Buffer.from([0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    isPlausible: (bytes, at) => bytes[at - 4] === 0x42 && bytes[at - 3] === 0x5a && bytes[at - 2] === 0x68,
  },
  zstd: { bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), isPlausible: isZstdFrame },
} as const satisfies Record<string, Mark>;

/** Of the longest head that is looked at, 7z's. */
export const SEALED_HEAD = 32;

export type Sealed = keyof typeof MARKS;

let kinds: readonly (readonly [Sealed, Mark])[] | undefined;

/** What kind of it begins in `bytes`; undefined: none. */
export function sealedIn(bytes: Uint8Array): Sealed | undefined {
  kinds ??= kindsHere();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return kinds.find(([, mark]) => occurs(buffer, mark))?.[0];
}

/** The marks of all kinds. */
export function sealedMarks(): readonly Uint8Array[] {
  kinds ??= kindsHere();
  return kinds.map(([, { bytes }]) => bytes);
}

/** What kind of it begins at `at`. */
export function sealedAt(bytes: Uint8Array, at: number): Sealed | undefined {
  kinds ??= kindsHere();
  return kinds.find(
    ([, mark]) =>
      mark.bytes.every((byte, index) => bytes[at + index] === byte) && mark.isPlausible(bytes, at),
  )?.[0];
}

/** Node undoes zstd since 22.15. */
function kindsHere(): readonly (readonly [Sealed, Mark])[] {
  const engine = createEngine('zstd');
  engine?.close();
  const all = Object.entries(MARKS) as [Sealed, Mark][];
  return all.filter(([kind]) => kind !== 'zstd' || engine === undefined);
}

function occurs(buffer: Buffer, { bytes, isPlausible }: Mark): boolean {
  for (let at = buffer.indexOf(bytes); at !== -1; at = buffer.indexOf(bytes, at + 1)) {
    if (isPlausible(buffer, at)) return true;
  }
  return false;
}

const MOST_IN_BLOCK = 128 * 1024;
/** RFC 8878, 3.1.1.1.1: sizes of the dictionary's number and of the content's size, by their flags. */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_BYTES = [0, 2, 4, 8] as const;

/** Whether the head of a frame and those of its blocks are sound, up to the first that is packed. */
function isZstdFrame(bytes: Uint8Array, at: number): boolean {
  const descriptor = bytes[at + 4];
  if (descriptor === undefined || (descriptor & 0x08) !== 0) return false;
  const isSingle = (descriptor & 0x20) !== 0;
  const sized = CONTENT_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3] || (isSingle ? 1 : 0);
  const first = at + 5 + (isSingle ? 0 : 1) + DICTIONARY_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3] + sized;
  const mostInBlock = isSingle ? MOST_IN_BLOCK : Math.min(MOST_IN_BLOCK, windowBytes(bytes[at + 5] ?? 0));
  return areBlocks(bytes, first, mostInBlock);
}

/** RFC 8878, 3.1.1.1.2. */
function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Kinds of blocks: RFC 8878, 3.1.1.2.2. */
const [RAW, ROW, RESERVED] = [0, 1, 3];

/** So many in a row are none by chance: to follow them further, from each of many marks, would take more time than there is. */
const MOST_BLOCKS = 64;

/** Whether blocks stand there, as far as they go here, and more than one text as it is: a mark by chance, and one in a program that looks for it, have none behind them. */
function areBlocks(bytes: Uint8Array, first: number, mostInBlock: number): boolean {
  let texts = 0;
  let at = first;
  for (let block = 0; block < MOST_BLOCKS; block += 1) {
    const [low, middle, high] = bytes.subarray(at, at + 3);
    if (low === undefined || middle === undefined || high === undefined) return at > first;
    const kind = (low >> 1) & 3;
    const size = (low | (middle << 8) | (high << 16)) >> 3;
    if (kind === RESERVED || (kind !== ROW && size > mostInBlock)) return false;
    if (kind !== RAW) return true;
    if (size > 0) texts += 1;
    if ((low & 1) !== 0) return texts > 1;
    at += 3 + size;
  }
  return true;
}

interface Summed {
  readonly sumAt: number;
  readonly from: number;
  readonly to: number;
}

/** Whether the four bytes at `sumAt` are the CRC-32 of those from `from` on. */
function hasSum(bytes: Uint8Array, { sumAt, from, to }: Summed): boolean {
  if (Math.max(sumAt + 4, to) > bytes.length) return false;
  let sum = ~0;
  for (const byte of bytes.subarray(from, to)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xed_b8_83_20 & -(sum & 1));
  }
  return [0, 8, 16, 24].every((shift, index) => bytes[sumAt + index] === ((~sum >>> shift) & 0xff));
}
