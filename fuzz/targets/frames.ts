import { BadFrame, FrameReader } from '../../src/gateway/http/websocket/frames.ts';
import { must, type Target } from '../target.ts';
import { readCuts } from './cuts.ts';

/** WebSocket frames: their content does not depend on the pieces, and is never longer than the input. */

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

export const target: Target = {
  seeds: [
    bytes('\x02\x40\x80\x81\x85\x01\x02\x03\x04hello\x88\x80\0\0\0\0'),
    bytes('\0\x01\xfe\0\x03\0\0\0\0abc\x80\x81\x09\x09\x09\x09z'),
    bytes('\0\x82\xff\0\0\0\0\0\0\0\x02\x01\x01\x01\x01ab\x89\x84\0\0\0\0ping'),
  ],
  tokens: [
    '\x81\x80',
    '\x82\xfe',
    '\x82\xff\0\0\0\0\0\0',
    '\x88\x80',
    '\x8a\xfd',
    '\xff'.repeat(8),
    '\0\0\0\0',
  ],
  maxBytes: 2_048,
  run: (input) => {
    const { pieces, whole } = readCuts(input);
    const inPieces = readAll(pieces);
    const atOnce = readAll([whole]);
    const said = Buffer.concat([...inPieces.said]);
    must(inPieces.fault === atOnce.fault, 'another fault in pieces');
    must(said.length <= whole.length, 'more was said than came');
    // If a piece contains a fault, the reader does not return the frames before it.
    if (atOnce.fault === undefined) must(said.equals(Buffer.concat(atOnce.said)), 'another text in pieces');
  },
};

/**
 * Returns the content of complete frames. Stops at an invalid frame, which the reader reports once it can be
 * recognized.
 */
function readAll(pieces: readonly Buffer[]): {
  readonly said: readonly Uint8Array[];
  readonly fault?: string;
} {
  const reader = new FrameReader('client');
  const said: Uint8Array[] = [];
  for (const piece of pieces) {
    try {
      said.push(...reader.push(piece).map(({ payload }) => payload));
    } catch (error) {
      if (error instanceof BadFrame) return { said, fault: error.message };
      throw error;
    }
  }
  return { said };
}
