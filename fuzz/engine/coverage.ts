import { Session, type Profiler } from 'node:inspector';

/** The blocks of this project's code that have run, as V8 counts them. */

export interface Coverage {
  /** Returns whether `ran` contains something that this coverage lacks. */
  lacks(ran: Ran): boolean;
  /** Adds `ran`. Returns whether any of it was new. */
  add(ran: Ran): boolean;
  /** Returns the number of entered functions, and of blocks in them that never ran. */
  size(): Reached;
}

export interface Reached {
  readonly functions: number;
  readonly blocksLeft: number;
}

export type Ran = readonly Profiler.ScriptCoverage[];

/** Includes the part of Node between its own parsers and this code. */
const OURS = /\/src\/[^?]*\.ts|^node:_http/;

/** Starts counting, once per process. Returns a function that returns the blocks that ran since its last call. */
export function startBlocks(): () => Ran {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  return () => {
    let ran: Ran = [];
    // Within one process the answer is available when `post` returns.
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      ran = result.filter(({ url }) => OURS.test(url));
    });
    return ran;
  };
}

/** Returns an empty coverage. */
export function createCoverage(): Coverage {
  /** By function: for each of its bytes, whether it never ran. Nested functions have their own entries. */
  const left = new Map<string, Uint8Array>();
  const visit = (ran: Ran, isTaken: boolean): boolean => {
    let isNew = false;
    for (const { url, functions } of ran) {
      for (const { ranges } of functions) {
        const [whole] = ranges;
        if (whole === undefined || whole.count === 0) continue;
        const key = `${url} ${whole.startOffset} ${whole.endOffset}`;
        const now = missed(ranges);
        const before = left.get(key);
        if (before === undefined && isTaken) left.set(key, now);
        isNew = before === undefined || without(before, now, isTaken) || isNew;
      }
    }
    return isNew;
  };
  return {
    lacks: (ran) => visit(ran, false),
    add: (ran) => visit(ran, true),
    size: () => ({
      functions: left.size,
      blocksLeft: [...left.values()].reduce((sum, bytes) => sum + countRuns(bytes), 0),
    }),
  };
}

/** Outer ranges come before the ranges within them. */
function missed(ranges: readonly Profiler.CoverageRange[]): Uint8Array {
  const start = ranges[0]?.startOffset ?? 0;
  const bytes = new Uint8Array((ranges[0]?.endOffset ?? 0) - start);
  for (const { startOffset, endOffset, count } of ranges)
    bytes.fill(count === 0 ? 1 : 0, startOffset - start, endOffset - start);
  return bytes;
}

/** Returns whether something ran now that `before` lacks; if `isTaken`, clears it in `before`. */
function without(before: Uint8Array, now: Uint8Array, isTaken: boolean): boolean {
  let isNew = false;
  for (let at = 0; at < before.length; at += 1) {
    if (before[at] === 0 || now[at] === 1) continue;
    if (isTaken) before[at] = 0;
    isNew = true;
  }
  return isNew;
}

const countRuns = (bytes: Uint8Array): number =>
  bytes.reduce((runs, byte, at) => runs + (byte === 1 && bytes[at - 1] !== 1 ? 1 : 0), 0);
