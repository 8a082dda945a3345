import { ZSTDDecoder } from 'zstddec/stream';
import { createPartedEngine, type OpenPart, type PartedFormat, type Undone } from './parts.ts';
import { createRoom } from './room.ts';
import type { Engine } from './types.ts';
import { compiledBy, exportsOf, type Memory } from './wasm.ts';
import { isBeyondEngines, zstdHeadAt } from './zstd-frame.ts';

/** zstd's own library in WebAssembly (docs/adr/0196). Node's decoder, since 22.15, loses the output before an error. */

interface Exports {
  readonly memory: Memory;
  readonly malloc: (bytes: number) => number;
  readonly ZSTD_createDCtx: () => number;
  readonly ZSTD_freeDCtx: (context: number) => number;
  readonly ZSTD_decompressStream: (context: number, output: number, input: number) => number;
}

/**
 * Addresses of `ZSTD_inBuffer` and `ZSTD_outBuffer` of zstd.h: each an address, a size and a position. The buffer
 * follows them.
 */
interface Instance {
  readonly exports: Exports;
  readonly input: number;
  readonly output: number;
}

/** Most bytes in the windows of all open frames. Most windows have 2 MiB, the largest 8. */
const MAX_HELD_BYTES = 48 * 1024 * 1024;
/** Memory of a context besides its window: its tables, and one block before and after decoding. */
const CONTEXT_BYTES = 512 * 1024;
const BUFFER_BYTES = 64 * 1024;
const NUMBER_BYTES = 4;
const DESCRIPTION_BYTES = 3 * NUMBER_BYTES;
/** ZSTD_error_memory_allocation of zstd_errors.h. Errors are negative; no other result is. */
const NO_MEMORY = -64;

const room = createRoom(MAX_HELD_BYTES);
let compiled: object | undefined;
let instance: Instance | undefined;

function instanceHere(): Instance {
  if (instance !== undefined) return instance;
  compiled ??= compiledBy(() => new ZSTDDecoder().init());
  const exports = exportsOf(compiled, {
    env: { emscripten_notify_memory_growth: () => undefined },
  }) as Exports;
  const [input, output] = [0, 1].map(() => exports.malloc(DESCRIPTION_BYTES + BUFFER_BYTES)) as [
    number,
    number,
  ];
  return (instance = { exports, input, output });
}

const FORMAT: PartedFormat = {
  room,
  headOf: (bytes) => {
    const head = zstdHeadAt(bytes, 0);
    if (head === 'more') return head;
    if (head === undefined || isBeyondEngines(head)) return 'broken';
    return { memoryBytes: head.windowBytes + CONTEXT_BYTES, bytes };
  },
  open: () => {
    try {
      return openFrame(instanceHere());
    } catch {
      return undefined;
    }
  },
};

/** An engine for zstd. */
export function createZstdEngine(): Engine {
  return createPartedEngine(FORMAT);
}

function openFrame(its: Instance): OpenPart | undefined {
  const context = its.exports.ZSTD_createDCtx();
  if (context === 0) return undefined;
  const frame = { context, wantedBytes: 1 };
  return {
    undo: (bytes, maxOutput) => {
      try {
        return undo(its, { frame, bytes, maxOutput });
      } catch {
        // The decoder trapped: other frames of this instance cannot be trusted either.
        if (its === instance) instance = undefined;
        room.clear();
        return { outputs: [], state: 'sealed', unread: bytes.length };
      }
    },
    free: () => {
      if (its === instance) its.exports.ZSTD_freeDCtx(context);
    },
  };
}

function undo(its: Instance, { frame, bytes, maxOutput }: Step): Undone {
  const outputs: Uint8Array[] = [];
  let left = maxOutput;
  for (let at = 0; at < bytes.length; at += BUFFER_BYTES) {
    const rest = bytes.subarray(at);
    const { state, unread } = undoPiece(its, {
      frame,
      outputs,
      piece: rest.subarray(0, BUFFER_BYTES),
      left,
    });
    left = maxOutput - outputs.reduce((sum, { length }) => sum + length, 0);
    if (state !== 'more') return { outputs, state, unread: unread + Math.max(0, rest.length - BUFFER_BYTES) };
  }
  return { outputs, state: 'more', unread: 0 };
}

interface Frame {
  readonly context: number;
  /** Number of bytes that the decoder asked for. */
  wantedBytes: number;
}

interface Step {
  readonly frame: Frame;
  readonly bytes: Uint8Array;
  readonly maxOutput: number;
}

interface Piece {
  readonly frame: Frame;
  readonly piece: Uint8Array;
  /** Receives the output. */
  readonly outputs: Uint8Array[];
  /** Most bytes of output. */
  readonly left: number;
}

/** Undoes one piece, which fits into the buffer. */
function undoPiece(its: Instance, { frame, piece, outputs, left }: Piece): Pick<Undone, 'state' | 'unread'> {
  const { exports, input, output } = its;
  new Uint8Array(exports.memory.buffer).set(piece, input + DESCRIPTION_BYTES);
  describe(exports, input, piece.length);
  let total = 0;
  for (;;) {
    describe(exports, output, BUFFER_BYTES);
    allow(exports, input, Math.min(piece.length, placeIn(exports, input) + oneStep(frame.wantedBytes)));
    const result = exports.ZSTD_decompressStream(frame.context, output, input);
    const unread = piece.length - placeIn(exports, input);
    if (result < 0) return { state: result === NO_MEMORY ? 'sealed' : 'broken', unread };
    frame.wantedBytes = result;
    const size = placeIn(exports, output);
    const from = output + DESCRIPTION_BYTES;
    if (size > 0) outputs.push(new Uint8Array(exports.memory.buffer.slice(from, from + size)));
    total += size;
    if (total > left) return { state: 'large', unread };
    if (result === 0) return { state: 'end', unread };
    if (size < BUFFER_BYTES && unread === 0) return { state: 'more', unread };
  }
}

/** The head of a block, which zstd requests together with the block before it: RFC 8878, 3.1.1.2. */
const BLOCK_HEAD_BYTES = 3;

/**
 * Returns how much to give at a time: one block. An error loses the output of its call, and a receiver that ignores the
 * checksum at the end reads all data before it.
 */
const oneStep = (wantedBytes: number): number =>
  wantedBytes > BLOCK_HEAD_BYTES ? wantedBytes - BLOCK_HEAD_BYTES : wantedBytes;

/** Sets how many bytes of a buffer the decoder may read. */
function allow({ memory }: Exports, description: number, size: number): void {
  new DataView(memory.buffer, description, DESCRIPTION_BYTES).setUint32(NUMBER_BYTES, size, true);
}

/** Describes a buffer of `size` bytes, at position 0. */
function describe({ memory }: Exports, description: number, size: number): void {
  const numbers = new DataView(memory.buffer, description, DESCRIPTION_BYTES);
  numbers.setUint32(0, description + DESCRIPTION_BYTES, true);
  numbers.setUint32(NUMBER_BYTES, size, true);
  numbers.setUint32(2 * NUMBER_BYTES, 0, true);
}

function placeIn({ memory }: Exports, description: number): number {
  return new DataView(memory.buffer, description, DESCRIPTION_BYTES).getUint32(2 * NUMBER_BYTES, true);
}
