/** The head of a zstd frame: RFC 8878, 3.1.1 and 3.1.2. */

export interface ZstdHead {
  /** Place of the data behind the head. */
  readonly dataAt: number;
  /** How far back a copy may reach; 0 for a skippable frame. */
  readonly windowBytes: number;
  /** Whether the frame names a dictionary, which the gateway does not have. */
  readonly hasDictionary: boolean;
}

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;
/** The first byte of a skippable frame is 0x50 to 0x5f. */
const SKIPPED = [0x50, 0x2a, 0x4d, 0x18] as const;
const SKIPPED_HEAD = 8;

/** Sizes of the dictionary's id and of the content's size, by their flags: 3.1.1.1.1. */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_BYTES = [0, 2, 4, 8] as const;

/** Largest window of a frame: what RFC 9659 allows in a Content-Encoding, because WebAssembly never returns memory. */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;

/**
 * Returns the head at `at`; `more` if it continues behind `bytes`; undefined if there is none. Missing bytes of a magic
 * number count as matching.
 */
export function zstdHeadAt(bytes: Uint8Array, at: number): ZstdHead | 'more' | undefined {
  const begins = (magic: readonly number[], mask: number): boolean =>
    magic.every((byte, index) => {
      const given = bytes[at + index];
      return given === undefined || (index === 0 ? given & mask : given) === byte;
    });
  if (begins(SKIPPED, 0xf0)) {
    const head = { dataAt: at + SKIPPED_HEAD, windowBytes: 0, hasDictionary: false };
    return bytes.length < head.dataAt ? 'more' : head;
  }
  if (!begins(MAGIC, 0xff)) return undefined;
  const descriptor = bytes[at + MAGIC.length];
  if (descriptor === undefined) return 'more';
  if ((descriptor & 0x08) !== 0) return undefined;
  const isSingle = (descriptor & 0x20) !== 0;
  const [dictionaryFlag, contentFlag] = [descriptor & 3, descriptor >> 6] as [0 | 1 | 2 | 3, 0 | 1 | 2 | 3];
  const windowAt = at + MAGIC.length + 1;
  const dictionaryAt = windowAt + (isSingle ? 0 : 1);
  const contentAt = dictionaryAt + DICTIONARY_BYTES[dictionaryFlag];
  const dataAt = contentAt + (CONTENT_BYTES[contentFlag] || (isSingle ? 1 : 0));
  if (bytes.length < dataAt) return 'more';
  const content = numberOf(bytes.subarray(contentAt, dataAt)) + (contentFlag === 1 ? 256 : 0);
  return {
    dataAt,
    windowBytes: isSingle ? content : windowOf(bytes[windowAt]!),
    hasDictionary: numberOf(bytes.subarray(dictionaryAt, contentAt)) !== 0,
  };
}

/** Whether no engine here can undo a frame with this head. */
export function isBeyondEngines({ windowBytes, hasDictionary }: ZstdHead): boolean {
  return hasDictionary || windowBytes > MAX_WINDOW_BYTES;
}

/** Reads a little-endian number. */
function numberOf(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** Returns the window size of a descriptor: RFC 8878, 3.1.1.1.2. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
