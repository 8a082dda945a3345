import type { Compression } from '../engine.ts';
import { arePixels, IDAT } from './archive.ts';
import { decodeInto, type Decoding } from './decode.ts';
import { markAt } from './inflate.ts';
import { markBeginnings } from './marks.ts';
import { isDeflateBlock } from './plausible.ts';
import { SEALED_HEAD, sealedAt, type Sealed } from './sealed.ts';

/** Finds marks of compressed data in all decodings of a stream, at all alignments, before they are decoded. */

/** For each three adjacent values: a bit for each bit of the first character at which a mark may begin. */
const tables = new Map<number, Uint8Array>();

/** The compressed data in one decoding. */
export interface Hidden {
  sealed: Sealed | undefined;
  /** Data that an engine can undo, and its first byte in the decoding; in the order of the tries. */
  readonly marks: (readonly [Compression, number])[];
}

/** Returns the marks in each of `decodings`. All are of one stream, and in the order of `decodingsOf`. */
export function hiddenIn(decodings: readonly Decoding[]): readonly (Hidden | undefined)[] {
  const found: (Hidden | undefined)[] = [];
  const { bits, values } = decodings[0]!;
  const table = tableFor(bits);
  const mask = (1 << (3 * bits)) - 1;
  const { length } = values;
  let three = (values[0]! << bits) | values[1]!;
  // A stream of less than three characters holds no mark.
  for (let at = 2; at < length; at += 1) {
    three = ((three << bits) | values[at]!) & mask;
    const ways = table[three]!;
    if (ways !== 0) addMarks({ found, decodings }, ways, at);
  }
  for (const hidden of found)
    hidden?.marks.sort(
      ([one, at], [other, later]) => RANKS.indexOf(one) - RANKS.indexOf(other) || at - later,
    );
  return found;
}

interface Finds {
  readonly found: (Hidden | undefined)[];
  readonly decodings: readonly Decoding[];
}

/** Adds the marks that may begin in the three characters of which the last is at `at`. */
function addMarks(finds: Finds, ways: number, at: number): void {
  const { decodings } = finds;
  const { bits } = decodings[0]!;
  const step = STEPS[bits] ?? 1;
  for (let index = 0; index < decodings.length; index += 1) {
    const { firstBit } = decodings[index]!;
    const first = (at - 2) * bits;
    // The bit of the first character at which a byte of this decoding begins; `bits` or more if none does.
    const offset = (firstBit - first) & 7;
    if (offset >= bits || ((ways >> (offset / step)) & 1) === 0) continue;
    addMark(finds, index, (first + offset - firstBit) / 8);
  }
}

const RANKS: readonly Compression[] = ['gzip', 'zstd', 'zip', 'deflate'];

/** Bytes before the mark that the check needs: bzip2's mark follows some. */
const BEFORE = 4;
const HEAD = new Uint8Array(BEFORE + SEALED_HEAD);

/** Adds the mark that begins with the byte `at` of a decoding, if there is one. */
function addMark({ found, decodings }: Finds, index: number, at: number): void {
  const decoding = decodings[index]!;
  if (at < 0 || at + 3 > decoding.length) return;
  decodeInto(HEAD, decoding, { start: at, count: 3, at: 0 });
  const [one, two, three] = [HEAD[0]!, HEAD[1]!, HEAD[2]!];
  if (!markBeginnings().has((one << 8) | two)) return;
  if (one === ZLIB) {
    if (!isDeflated(decoding, at + 2, (three >> 1) & 3)) return;
    if (!isOfPixels(decoding, at)) hiddenAt(found, index).marks.push(['deflate', at]);
    return;
  }
  const start = Math.max(0, at - BEFORE);
  const size = Math.min(HEAD.length, decoding.length - start);
  decodeInto(HEAD, decoding, { start, count: size, at: 0 });
  const head = HEAD.subarray(0, size);
  const sealed = sealedAt(head, at - start);
  const kind = markAt(head, at - start);
  if (sealed !== undefined) hiddenAt(found, index).sealed ??= sealed;
  if (kind !== undefined) hiddenAt(found, index).marks.push([kind, at]);
}

function hiddenAt(found: (Hidden | undefined)[], index: number): Hidden {
  return (found[index] ??= { sealed: undefined, marks: [] });
}

/** Bytes of a block that show whether it is valid, by its type (RFC 1951, 3.2.3). */
const BLOCKS = [new Uint8Array(5), new Uint8Array(40), new Uint8Array(12)] as const;

function isDeflated(decoding: Decoding, start: number, type: number): boolean {
  const block = BLOCKS[type];
  if (block === undefined) return false;
  const count = Math.min(block.length, decoding.length - start);
  decodeInto(block, decoding, { start, count, at: 0 });
  return isDeflateBlock(count === block.length ? block : block.subarray(0, count), 0);
}

function isOfPixels(decoding: Decoding, at: number): boolean {
  if (at < IDAT.length) return false;
  decodeInto(HEAD, decoding, { start: at - IDAT.length, count: IDAT.length, at: 0 });
  return arePixels(HEAD, IDAT.length);
}

const ZLIB = 0x78;

function tableFor(bits: number): Uint8Array {
  let table = tables.get(bits);
  if (table !== undefined) return table;
  table = new Uint8Array(1 << (3 * bits));
  tables.set(bits, table);
  for (const two of markBeginnings()) {
    for (let offset = 0; offset < bits; offset += STEPS[bits] ?? 1)
      addBeginning(table, { two, offset, bits });
  }
  return table;
}

/** By the bits of a character: distance between the bits at which bytes can begin. */
const STEPS: Readonly<Record<number, number>> = { 6: 2, 4: 4, 5: 1 };

interface Beginning {
  readonly two: number;
  readonly offset: number;
  readonly bits: number;
}

/** Sets the bit in all values of three characters that are possible if a mark begins at this bit of the first. */
function addBeginning(table: Uint8Array, { two, offset, bits }: Beginning): void {
  const shown = Math.min(16, 3 * bits - offset);
  const behind = 3 * bits - offset - shown;
  for (let before = 0; before < 1 << offset; before += 1) {
    for (let after = 0; after < 1 << behind; after += 1) {
      const three = (before << (shown + behind)) | ((two >> (16 - shown)) << behind) | after;
      table[three]! |= 1 << (offset / (STEPS[bits] ?? 1));
    }
  }
}
