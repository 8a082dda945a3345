import type { Compression } from '../engine.ts';
import { decodeInto, type Decoding } from './decode.ts';
import { markAt, MARKS } from './inflate.ts';
import { sealedAt, sealedMarks, type Sealed } from './sealed.ts';

/** Marks of compressed data in what a stream decodes to, found before it is decoded, at all alignments in both directions. */

/** By the values of three characters in a row: whether a mark may begin in the first, and backwards in the last. */
const tables = new Map<number, Uint8Array>();
const AHEAD = 1;
const BEHIND = 2;

/** What is hidden in one decoding. */
export interface Hidden {
  sealed: Sealed | undefined;
  /** What can be undone, and where in the decoding it begins, in bytes; in the order in which they are to be tried. */
  readonly marks: (readonly [Compression, number])[];
}

/** By decoding; not more than so many marks for each. */
export function hiddenIn(decodings: readonly Decoding[], most: number): ReadonlyMap<Decoding, Hidden> {
  const found = new Map<Decoding, Hidden>();
  const [{ bits, values } = { bits: 0, values: NOTHING }] = decodings;
  if (values.length * bits < 16) return found;
  const table = tableFor(bits);
  const [onwards, backwards] = [false, true].map((isBackwards) => shiftsOf(decodings, isBackwards));
  const mask = (1 << (3 * bits)) - 1;
  const { length } = values;
  const step = STEPS[bits] ?? 1;
  let three = (values[0]! << bits) | values[1]!;
  // What is shorter than three characters holds nothing.
  for (let at = 2; at < length; at += 1) {
    three = ((three << bits) | values[at]!) & mask;
    const ways = table[three]!;
    if (ways === 0) continue;
    for (let bit = 0; bit < bits; bit += step) {
      if ((ways & AHEAD) !== 0) addMark(found, onwards!, { bit: (at - 2) * bits + bit, most });
      if ((ways & BEHIND) !== 0) addMark(found, backwards!, { bit: (length - 1 - at) * bits + bit, most });
    }
  }
  for (const { marks } of found.values())
    marks.sort(([one, at], [other, later]) => RANKS.indexOf(one) - RANKS.indexOf(other) || at - later);
  return found;
}

const NOTHING = new Uint8Array(0);
const RANKS: readonly Compression[] = ['gzip', 'zstd', 'deflate'];

/** Decodings of one direction, by the bit of a byte that they begin at. */
type Shifts = readonly (Decoding | undefined)[];

function shiftsOf(decodings: readonly Decoding[], backwards: boolean): Shifts {
  const shifts: (Decoding | undefined)[] = Array.from({ length: 8 });
  for (const decoding of decodings)
    if (decoding.backwards === backwards) shifts[decoding.firstBit & 7] = decoding;
  return shifts;
}

/** What is looked at of what may be a mark: of bzip2's, some bytes stand before it. */
const BEFORE = 4;
const HEAD = new Uint8Array(BEFORE + 44);

interface Place {
  readonly bit: number;
  readonly most: number;
}

function addMark(found: Map<Decoding, Hidden>, shifts: Shifts, { bit, most }: Place): void {
  const decoding = shifts[bit & 7];
  if (decoding === undefined) return;
  const at = (bit - decoding.firstBit) / 8;
  if (at < 0 || at + 2 > decoding.length) return;
  decodeInto(HEAD, decoding, { start: at, count: 2, at: 0 });
  if (!isBeginning(HEAD[0]!, HEAD[1]!)) return;
  const start = Math.max(0, at - BEFORE);
  const count = Math.min(HEAD.length, decoding.length - start);
  decodeInto(HEAD, decoding, { start, count, at: 0 });
  const head = HEAD.subarray(0, count);
  const sealed = sealedAt(head, at - start);
  const kind = markAt(head, at - start);
  if (sealed === undefined && kind === undefined) return;
  let hidden = found.get(decoding);
  if (hidden === undefined) found.set(decoding, (hidden = { sealed: undefined, marks: [] }));
  hidden.sealed ??= sealed;
  if (kind !== undefined && hidden.marks.length < most) hidden.marks.push([kind, at]);
}

const beginnings = new Set<number>();

/** Whether some mark begins with these bytes. */
function isBeginning(first: number, second: number): boolean {
  if (beginnings.size === 0) for (const mark of allMarks()) beginnings.add((mark[0]! << 8) | mark[1]!);
  return beginnings.has((first << 8) | second);
}

function allMarks(): readonly Uint8Array[] {
  return [...MARKS, ...sealedMarks()];
}

function tableFor(bits: number): Uint8Array {
  let table = tables.get(bits);
  if (table !== undefined) return table;
  table = new Uint8Array(1 << (3 * bits));
  tables.set(bits, table);
  for (const mark of allMarks()) {
    for (let offset = 0; offset < bits; offset += STEPS[bits] ?? 1)
      addBeginning(table, { mark, offset, bits });
  }
  return table;
}

/** By bits of a character: at which of them bytes can begin. */
const STEPS: Readonly<Record<number, number>> = { 6: 2, 4: 4, 5: 1 };

interface Beginning {
  readonly mark: Uint8Array;
  readonly offset: number;
  readonly bits: number;
}

/** Notes all that three characters can be if a mark begins at this bit of the first. */
function addBeginning(table: Uint8Array, { mark, offset, bits }: Beginning): void {
  const two = (mark[0]! << 8) | mark[1]!;
  const shown = Math.min(16, 3 * bits - offset);
  const behind = 3 * bits - offset - shown;
  const last = (1 << bits) - 1;
  for (let before = 0; before < 1 << offset; before += 1) {
    for (let after = 0; after < 1 << behind; after += 1) {
      const three = (before << (shown + behind)) | ((two >> (16 - shown)) << behind) | after;
      table[three]! |= AHEAD;
      table[((three & last) << (2 * bits)) | (three & (last << bits)) | (three >> (2 * bits))]! |= BEHIND;
    }
  }
}
