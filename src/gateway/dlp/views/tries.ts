import type { Compression } from '../engine.ts';
import { isZlibHead, ZLIB_BYTES } from './archive.ts';
import { inflated, type Source } from './inflate.ts';
import { isBrotliBlock, isDeflateBlock } from './plausible.ts';
import type { Sealed } from './sealed.ts';

/** Tries to decompress data, within a limit on the total cost. */

/**
 * Bytes of input for each allowed try, without and with a mark. A try takes some microseconds. A try with output, as
 * for each object of a git pack, does not count: its output is limited instead. A mark without data is rare unless an
 * attacker wants to use up the tries.
 */
const BYTES_PER_TRY = { unmarked: 4_096, marked: 32 } as const;
const LEAST_TRIES = { unmarked: 32, marked: 1_024 } as const;
/** Cost of a marked try that fails on its first bytes, as for any `x^` in a text; and of one that reads all bytes. */
const SHORT_TRY = 1 / 8;
const WHOLE_TRY = 6;
/** Total output of overlapping streams, as a multiple of the input around them: each mark begins another stream. */
const OUTPUT_FACTOR = 24;
const LEAST_OUTPUTS = 1 << 21;
/**
 * Decompressed bytes that are decoded further, as a share of the input. Objects of git packs have some thousand bytes
 * each: this allows a few of them per window.
 */
const FURTHER_FACTOR = 1 / 4;
const LEAST_FURTHER = 1 << 14;
/** Bytes that a smaller output counts as, because inspecting it costs as much. */
const LEAST_OUTPUT = 64;
const LEAST_WORK = 1 << 20;
/**
 * Work per byte of input. Ordinary bodies cost about 8 times their size; texts without spaces in a program, up to 50
 * times.
 */
const WORK_FACTOR = 64;

/** Why not everything was inspected. */
export type Unexplored = 'bomb' | 'nesting' | Compression | Sealed;

export interface Budget {
  /** Work left, in bytes to inspect. */
  workLeft: number;
  workDone: number;
  readonly triesLeft: { unmarked: number; marked: number };
  /** Bytes of decompressed output left. A single stream may give more. */
  outputLeft: number;
  /** Number of marked streams so far. */
  streams: number;
  /** Bytes of decompressed output, over all streams, that may be decoded further. */
  furtherLeft: number;
  unexplored: Unexplored | undefined;
}

/** Returns the budget to inspect `bytes` bytes. */
export function budgetFor(bytes: number): Budget {
  return {
    workLeft: Math.max(LEAST_WORK, bytes * WORK_FACTOR),
    workDone: 0,
    triesLeft: {
      unmarked: Math.max(LEAST_TRIES.unmarked, bytes / BYTES_PER_TRY.unmarked),
      marked: Math.max(LEAST_TRIES.marked, bytes / BYTES_PER_TRY.marked),
    },
    outputLeft: Math.max(LEAST_OUTPUTS, bytes * OUTPUT_FACTOR),
    streams: 0,
    furtherLeft: Math.max(LEAST_FURTHER, bytes * FURTHER_FACTOR),
    unexplored: undefined,
  };
}

/** Takes `bytes` from the work left. Returns whether that was enough; if not, the caller must not inspect the bytes. */
export function pay(budget: Budget, bytes: number): boolean {
  budget.workLeft -= bytes;
  const isLeft = budget.workLeft >= 0;
  if (isLeft) budget.workDone += bytes;
  else budget.unexplored ??= 'nesting';
  return isLeft;
}

/** Receives decompressed data. */
export type Found = (output: Uint8Array, kind: Compression) => void;

interface Marked {
  readonly marks: Iterable<readonly [Compression, number]>;
  readonly from: (at: number) => Source;
}

/** Tries all data with a mark. If there are more marks than tries, the content of the rest is unknown (`nesting`). */
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

/** Data that may be one whole compressed stream without a mark. */
export interface Unmarked {
  readonly source: Source;
  /** In bytes. */
  readonly length: number;
}

/** Number of bytes at the beginning that show whether data is worth a try. */
const HEAD = 64;
const SHORTEST_COMPRESSED = 9;

/** Tries compressions without a mark: nothing else identifies them. */
export function tryUnmarked(budget: Budget, { source, length }: Unmarked, found: Found): void {
  if (length < SHORTEST_COMPRESSED) return;
  const head = source(HEAD);
  if (isText(head)) return;
  if (isBrotliBlock(head, length)) tryInflate(budget, { kind: 'br', source, found, mark: 'unmarked' });
  if (isDeflateBlock(head, 0)) tryInflate(budget, { kind: 'deflate-raw', source, found, mark: 'unmarked' });
  if (isSmallZlib(head)) tryInflate(budget, { kind: 'deflate', source, found, mark: 'unmarked' });
}

/** A zlib head with a window below 32 KiB: such heads are too common to search for them everywhere. */
function isSmallZlib(head: Uint8Array): boolean {
  const [first = 0, second = 0] = head;
  return first !== 0x78 && isZlibHead(first, second) && isDeflateBlock(head, ZLIB_BYTES);
}

/** Whether the first bytes are text. */
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
  const output = inflated(kind, counted);
  if (output === 'bomb') {
    budget.unexplored = 'bomb';
    return;
  }
  if (output === 'sealed') {
    budget.unexplored ??= kind;
    return;
  }
  const isFirst = budget.streams === 0;
  if (output !== undefined) payOutput(budget, output.length);
  // Data with output are limited by their output.
  if (output === undefined || budget.outputLeft < 0) budget.triesLeft[mark] -= cost;
  if (output === undefined) return;
  if (budget.outputLeft < 0 && !isFirst) {
    budget.unexplored ??= 'nesting';
    budget.triesLeft[mark] = 0;
    return;
  }
  budget.workLeft += output.length * WORK_FACTOR;
  found(output, kind);
}

function payOutput(budget: Budget, bytes: number): void {
  budget.outputLeft -= Math.max(LEAST_OUTPUT, bytes);
  budget.furtherLeft -= bytes;
}
