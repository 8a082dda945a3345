import { hasSum } from '../engines/crc32.ts';
import { isBeyondEngines, zstdHeadAt } from '../engines/zstd-frame.ts';

/** Compressed data that no engine here can undo: its content is unknown. */

interface Mark {
  readonly bytes: Buffer;
  /** Whether the bytes around the mark fit: a short mark also occurs by chance. */
  readonly isPlausible: (bytes: Uint8Array, at: number) => boolean;
}

/** The kinds by their marks: from the formats' own descriptions; zstd from RFC 8878, 3.1.1. */
const MARKS = {
  // Programs that read 7z or xz contain the mark without a valid checksum behind it: `tar`, busybox, a layer of any
  // system.
  '7z': {
    bytes: Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    isPlausible: (bytes, at) => hasSum(bytes, { sumAt: at + 8, from: at + 12, to: at + SEALED_HEAD }),
  },
  // The .xz File Format 1.2.1, 2.1.1: two bytes of flags, and their checksum, follow the magic bytes.
  xz: {
    bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    isPlausible: (bytes, at) => hasSum(bytes, { sumAt: at + 8, from: at + 6, to: at + 8 }),
  },
  // The mark of its first block, which follows `BZh` and a digit.
  bzip2: {
    bytes: Buffer.from([0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    isPlausible: (bytes, at) => bytes[at - 4] === 0x42 && bytes[at - 3] === 0x5a && bytes[at - 2] === 0x68,
  },
  // Frames with a dictionary, or with a window too large for the engine.
  zstd: { bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), isPlausible: isSealedZstd },
} as const satisfies Record<string, Mark>;

/** Length of the longest head that is checked, 7z's. */
export const SEALED_HEAD = 32;

export type Sealed = keyof typeof MARKS;

const KINDS = Object.entries(MARKS) as [Sealed, Mark][];

/** Returns the kind of sealed data that begins in `bytes`; undefined: none. */
export function sealedIn(bytes: Uint8Array): Sealed | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return KINDS.find(([, mark]) => occurs(buffer, mark))?.[0];
}

/** Returns the marks of all kinds. */
export function sealedMarks(): readonly Uint8Array[] {
  return KINDS.map(([, { bytes }]) => bytes);
}

/** Returns the kind of sealed data that begins at `at`. */
export function sealedAt(bytes: Uint8Array, at: number): Sealed | undefined {
  return KINDS.find(
    ([, mark]) =>
      mark.bytes.every((byte, index) => bytes[at + index] === byte) && mark.isPlausible(bytes, at),
  )?.[0];
}

function occurs(buffer: Buffer, { bytes, isPlausible }: Mark): boolean {
  for (let at = buffer.indexOf(bytes); at !== -1; at = buffer.indexOf(bytes, at + 1)) {
    if (isPlausible(buffer, at)) return true;
  }
  return false;
}

const MOST_IN_BLOCK = 128 * 1024;

/**
 * Whether a frame that no engine here can undo begins at `at`, with valid block heads up to the first block that is not
 * raw.
 */
function isSealedZstd(bytes: Uint8Array, at: number): boolean {
  const head = zstdHeadAt(bytes, at);
  if (head === undefined || head === 'more' || !isBeyondEngines(head)) return false;
  return areBlocks(bytes, head.dataAt, Math.min(MOST_IN_BLOCK, head.windowBytes));
}

/** Kinds of blocks: RFC 8878, 3.1.1.2.2. */
const [RAW, ROW, RESERVED] = [0, 1, 3];

/**
 * Number of blocks to check. This many valid heads do not occur by chance; to check more, from each of many marks,
 * would take too long.
 */
const MOST_BLOCKS = 64;

/**
 * Whether valid blocks begin at `first`, as far as the bytes go; a frame of raw blocks must have more than one. No
 * blocks follow a mark that occurs by chance, or in a program that searches for it.
 */
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
