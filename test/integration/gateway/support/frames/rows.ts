import { BLOCKS } from './blocks.ts';
import { PREFACE, T, type Bytes, type End } from './build.ts';
import { CONNECTION } from './connection.ts';
import { FLOODS } from './floods.ts';
import { STREAMS } from './streams.ts';

/** Frames that no client should send, each beside a valid variant (RFC 9113, 7541, and known faults of servers). */

export interface FrameRow {
  readonly name: string;
  readonly source: string;
  readonly end: End;
  readonly hostile: Bytes;
  readonly control: Bytes;
}

export const FRAME_ROWS: readonly FrameRow[] = [...CONNECTION, ...STREAMS, ...BLOCKS, ...FLOODS].map(
  ([name, source, end, hostile, control]) => ({ name, source, end, hostile, control }),
);

/** Returns the stream of a row's request: the highest one. */
export function streamOf(bytes: string): number {
  let highest = 0;
  for (let at = PREFACE.length; at + 9 <= bytes.length;) {
    const head = Buffer.from(bytes.slice(at, at + 9), 'latin1');
    if (head[3] === T.headers) highest = Math.max(highest, head.readUInt32BE(5));
    at += 9 + head.readUIntBE(0, 3);
  }
  return highest;
}
