import { hasSum } from '../engines/crc32.ts';
import { isBeyondEngines, zstdHeadAt } from '../engines/zstd-frame.ts';

/** Compressed data that nothing here undoes: nobody can say what is in there. */

interface Mark {
  readonly bytes: Buffer;
  /** Whether what stands around the mark is as it must be: a short one turns up by chance. */
  readonly isPlausible: (bytes: Uint8Array, at: number) => boolean;
}

/** By what they begin with: the formats' own descriptions; zstd by RFC 8878, 3.1.1. */
const MARKS = {
  // Programs that read 7z or xz contain the mark without a valid checksum behind it: `tar`, busybox, a layer of any system.
  '7z': {
    bytes: Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    isPlausible: (bytes, at) => hasSum(bytes, { sumAt: at + 8, from: at + 12, to: at + SEALED_HEAD }),
  },
  // The .xz File Format 1.2.1, 2.1.1: behind the magic bytes two of flags, and their checksum.
  xz: {
    bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    isPlausible: (bytes, at) => hasSum(bytes, { sumAt: at + 8, from: at + 6, to: at + 8 }),
  },
  // The beginning of its first block; before it stands `BZh` and a digit.
  bzip2: {
    bytes: Buffer.from([0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    isPlausible: (bytes, at) => bytes[at - 4] === 0x42 && bytes[at - 3] === 0x5a && bytes[at - 2] === 0x68,
  },
  // With a dictionary, or a window that is too large here.
  zstd: { bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), isPlausible: isSealedZstd },
} as const satisfies Record<string, Mark>;

/** Of the longest head that is looked at, 7z's. */
export const SEALED_HEAD = 32;

export type Sealed = keyof typeof MARKS;

const KINDS = Object.entries(MARKS) as [Sealed, Mark][];

/** What kind of it begins in `bytes`; undefined: none. */
export function sealedIn(bytes: Uint8Array): Sealed | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return KINDS.find(([, mark]) => occurs(buffer, mark))?.[0];
}

/** The marks of all kinds. */
export function sealedMarks(): readonly Uint8Array[] {
  return KINDS.map(([, { bytes }]) => bytes);
}

/** What kind of it begins at `at`. */
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

/** Whether the head of a frame that nobody here undoes stands there, and those of its blocks are sound, up to the first that is packed. */
function isSealedZstd(bytes: Uint8Array, at: number): boolean {
  const head = zstdHeadAt(bytes, at);
  if (head === undefined || head === 'more' || !isBeyondEngines(head)) return false;
  return areBlocks(bytes, head.dataAt, Math.min(MOST_IN_BLOCK, head.windowBytes));
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
