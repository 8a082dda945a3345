import { fstatSync, ftruncateSync, readSync } from 'node:fs';
import { bottleOf, CHAIN_START, parseLink, type ChainHead } from './chain.ts';

/** The end of an existing log. */
export interface LogEnd {
  readonly head: ChainHead;
  readonly sizeBytes: number;
}

/** Longer than any line. */
const WINDOW_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * Returns the end of a log that is open for reading and writing. Removes a line that was cut off during its write:
 * nothing passed because of it, because its write had not returned.
 * @throws Error when the last whole line is not from this program, or from another bottle's log, so that the chain
 * cannot continue
 */
export function resumeChain(file: number, bottleId: string): LogEnd {
  const { size } = fstatSync(file);
  const start = Math.max(0, size - WINDOW_BYTES);
  const window = Buffer.alloc(size - start);
  const tail = window.subarray(0, readSync(file, window, 0, window.length, start));
  const last = tail.lastIndexOf(NEWLINE);
  if (last < 0 && start > 0) throw new Error('the end of the audit log is not a line');
  const sizeBytes = start + last + 1;
  if (sizeBytes < size) ftruncateSync(file, sizeBytes);
  if (sizeBytes === 0) return { head: CHAIN_START, sizeBytes };
  const before = last === 0 ? -1 : tail.lastIndexOf(NEWLINE, last - 1);
  const text = tail.toString('latin1', before + 1, last);
  const found = parseLink(text);
  if (found === undefined) throw new Error('the last line of the audit log is not a line of its chain');
  const bottle = bottleOf(text) ?? bottleId;
  if (bottle !== bottleId) throw new Error(`it is the log of another bottle, ${bottle}`);
  return { head: { seq: found.seq, hash: found.hash }, sizeBytes };
}
