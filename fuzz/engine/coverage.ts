import { Session, type Profiler } from 'node:inspector';

/** Which blocks of this project's code have run, as V8 counts them. */

export interface Coverage {
  /** Whether it has something that this has not. */
  lacks(ran: Ran): boolean;
  /** Takes it in. Gives whether it lacked any of it. */
  add(ran: Ran): boolean;
  /** Functions that were entered, and blocks in them that never ran. */
  size(): Reached;
}

export interface Reached {
  readonly functions: number;
  readonly blocksLeft: number;
}

export type Ran = readonly Profiler.ScriptCoverage[];

/** Of Node, what stands between its own parsers and this code. */
const OURS = /\/src\/[^?]*\.ts|^node:_http/;

/** Starts counting, once for a process. Gives what tells which blocks ran since it was last asked. */
export function startBlocks(): () => Ran {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
  return () => {
    let ran: Ran = [];
    // Within one process the answer is there when `post` returns.
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      ran = result.filter(({ url }) => OURS.test(url));
    });
    return ran;
  };
}

/** Empty at first. */
export function createCoverage(): Coverage {
  /** By function: for each of its bytes, whether it never ran. What is nested in it counts for itself. */
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

/** Outer ranges come before those within them. */
function missed(ranges: readonly Profiler.CoverageRange[]): Uint8Array {
  const start = ranges[0]?.startOffset ?? 0;
  const bytes = new Uint8Array((ranges[0]?.endOffset ?? 0) - start);
  for (const { startOffset, endOffset, count } of ranges)
    bytes.fill(count === 0 ? 1 : 0, startOffset - start, endOffset - start);
  return bytes;
}

/** Whether something ran now that `before` lacks; cleared there when it is taken in. */
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
