import type { Compression } from '../engine.ts';
import { isZlibHead, ZLIB_BYTES } from './archive.ts';
import { inflated, type Source } from './inflate.ts';
import type { Allowance } from './pixels.ts';
import { isBrotliBlock, isDeflateBlock } from './plausible.ts';
import type { Sealed } from './sealed.ts';

/** Tries of decompression, within what they may cost in all. */

/**
 * Some microseconds each, of what bears no mark, and of what does. Those that give something, as each object of a git pack does,
 * do not count: what they give is bounded. What only bears a mark is rare where nobody wants to use tries up.
 */
const BYTES_PER_TRY = { unmarked: 4_096, marked: 32 } as const;
const LEAST_TRIES = { unmarked: 32, marked: 1_024 } as const;
/** What a try costs where the beginning tells that it is nothing, as of any `x^` in a text; and of all that there is. */
const SHORT_TRY = 1 / 8;
const WHOLE_TRY = 6;
/** What streams that lie over each other may hold together, as a multiple of what they lie in: each mark begins another. */
const OUTPUT_FACTOR = 24;
const LEAST_OUTPUTS = 1 << 21;
/** Objects of git packs are some thousand bytes each: of a window of these, no more than a few. */
const FURTHER_FACTOR = 1 / 4;
const LEAST_FURTHER = 1 << 14;
/** What a stream counts as that holds less: looking at it costs that much. */
const LEAST_OUTPUT = 64;
/** What the pixels of pictures may hold, with all that repeats; in a window nothing that deflate gives is much more. */
const MAX_PIXELS = 96 * 1024 * 1024;
/** Of pictures there are more in a window than of others. */
const PIXELS_SHARE = 1 / 2;
const LEAST_WORK = 1 << 20;
/** What ordinary bodies cost is about 8 times their size, and what a program has of texts without spaces up to 50 times. */
const WORK_FACTOR = 64;
/** Pixels say everything by chance, in characters too: one decoding is looked at, more of it where it is little. */
const PIXELS_WORK_FACTOR = 8;

/** Why not everything was looked at. */
export type Unexplored = 'bomb' | 'nesting' | Compression | Sealed;

export interface Budget {
  /** In bytes that are looked at. */
  workLeft: number;
  workDone: number;
  readonly triesLeft: { unmarked: number; marked: number };
  /** Of what was compressed; one stream alone may have more. */
  outputLeft: number;
  readonly pixels: Allowance;
  /** How many marked streams there were. */
  streams: number;
  /** Of what was compressed, so much is decoded further, however many streams it is of. */
  furtherLeft: number;
  unexplored: Unexplored | undefined;
}

/** What looking at so many bytes may cost, of pixels or of others. */
export function budgetFor(bytes: number, arePixels = false): Budget {
  return {
    workLeft: arePixels ? bytes * PIXELS_WORK_FACTOR : Math.max(LEAST_WORK, bytes * WORK_FACTOR),
    workDone: 0,
    triesLeft: {
      unmarked: Math.max(LEAST_TRIES.unmarked, bytes / BYTES_PER_TRY.unmarked),
      marked: Math.max(LEAST_TRIES.marked, bytes / BYTES_PER_TRY.marked),
    },
    outputLeft: Math.max(LEAST_OUTPUTS, bytes * OUTPUT_FACTOR),
    pixels: { left: MAX_PIXELS },
    streams: 0,
    furtherLeft: Math.max(LEAST_FURTHER, bytes * FURTHER_FACTOR),
    unexplored: undefined,
  };
}

/** Calls `look` for so many bytes of pixels, whose work does not count for what is around them, nor more than half of the tries; that these end is no finding. */
export function lookAtPixels(budget: Budget, bytes: number, look: () => void): void {
  const { workLeft, unexplored, triesLeft } = budget;
  const others = triesLeft.marked / 2;
  budget.workLeft = budgetFor(bytes, true).workLeft;
  triesLeft.marked -= others;
  look();
  budget.workLeft = workLeft;
  triesLeft.marked = Math.max(0, triesLeft.marked) + others;
  if (budget.unexplored === 'nesting') budget.unexplored = unexplored;
}

/** Whether there is work left for so many bytes, which are looked at then, and only then. */
export function pay(budget: Budget, bytes: number): boolean {
  budget.workLeft -= bytes;
  const isLeft = budget.workLeft >= 0;
  if (isLeft) budget.workDone += bytes;
  else budget.unexplored ??= 'nesting';
  return isLeft;
}

/** Is given what was decompressed. */
export type Found = (output: Uint8Array, kind: Compression) => void;

interface Marked {
  readonly marks: Iterable<readonly [Compression, number]>;
  readonly from: (at: number) => Source;
}

/** Tries all that bears a mark. Where that is more than may be tried, nobody knows what is in the rest. */
export function tryMarks(budget: Budget, { marks, from }: Marked, found: Found): void {
  for (const [kind, at] of marks) {
    if (budget.triesLeft.marked <= 0) {
      budget.unexplored ??= 'nesting';
      break;
    }
    const counted: Found = (output) => {
      budget.streams += 1;
      found(output, kind);
    };
    tryInflate(budget, { kind, source: from(at), found: counted, mark: 'marked' });
  }
}

/** What compressed data without a mark may be the whole of. */
export interface Unmarked {
  readonly source: Source;
  /** In bytes. */
  readonly length: number;
}

/** So much tells whether it is worth a try. */
const HEAD = 64;
const SHORTEST_COMPRESSED = 9;

/** Compressions that begin with no mark can only be tried. */
export function tryUnmarked(budget: Budget, { source, length }: Unmarked, found: Found): void {
  if (length < SHORTEST_COMPRESSED) return;
  const head = source(HEAD);
  if (isText(head)) return;
  if (isBrotliBlock(head, length)) tryInflate(budget, { kind: 'br', source, found, mark: 'unmarked' });
  if (isDeflateBlock(head, 0)) tryInflate(budget, { kind: 'deflate-raw', source, found, mark: 'unmarked' });
  if (isSmallZlib(head)) tryInflate(budget, { kind: 'deflate', source, found, mark: 'unmarked' });
}

/** Of a window below 32 KiB: such heads are too common to be marks that are looked for anywhere. */
function isSmallZlib(head: Uint8Array): boolean {
  const [first = 0, second = 0] = head;
  return first !== 0x78 && isZlibHead(first, second) && isDeflateBlock(head, ZLIB_BYTES);
}

/** Judged by its beginning. */
function isText(bytes: Uint8Array): boolean {
  const end = Math.min(16, bytes.length);
  for (let at = 0; at < end; at += 1) if (bytes[at]! < 9 || bytes[at]! >= 0x7f) return false;
  return true;
}

interface Try {
  readonly mark: keyof Budget['triesLeft'];
  readonly kind: Compression;
  readonly source: Source;
  readonly found: Found;
}

function tryInflate(budget: Budget, { kind, source, found, mark }: Try): void {
  if (budget.triesLeft[mark] <= 0) return;
  let cost = mark === 'marked' ? SHORT_TRY : 1;
  const counted: Source = (size) => {
    if (mark === 'marked' && size === Infinity) cost = WHOLE_TRY;
    return source(size);
  };
  const output = inflated(kind, counted, budget.pixels);
  if (output === 'bomb') {
    budget.unexplored = 'bomb';
    return;
  }
  if (output === 'sealed') {
    budget.unexplored ??= kind;
    return;
  }
  const isFirst = budget.streams === 0;
  if (output !== undefined) payOutput(budget, kind, output.length);
  // What gives something is bounded by what it gives.
  if (output === undefined || budget.outputLeft < 0) budget.triesLeft[mark] -= cost;
  if (output === undefined) return;
  if (budget.outputLeft < 0 && !isFirst) {
    budget.unexplored ??= 'nesting';
    budget.triesLeft[mark] = 0;
    return;
  }
  if (kind !== 'png') budget.workLeft += output.length * WORK_FACTOR;
  found(output, kind);
}

function payOutput(budget: Budget, kind: Compression, bytes: number): void {
  budget.outputLeft -= Math.max(LEAST_OUTPUT, kind === 'png' ? bytes * PIXELS_SHARE : bytes);
  budget.furtherLeft -= bytes;
}
