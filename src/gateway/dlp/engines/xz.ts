import xz from 'xz-decompress';
import { createPartedEngine, type OpenPart, type PartedFormat, type Undone } from './parts.ts';
import { createRoom, type Room } from './room.ts';
import type { Engine } from './types.ts';
import { compiledBy, exportsOf, type Memory } from './wasm.ts';
import { withDictionary, xzHeadOf } from './xz-head.ts';

/**
 * XZ Embedded in WebAssembly (docs/adr/0196): LZMA2 without other filters, a dictionary of 64 MiB at most, checked by CRC-32,
 * CRC-64 or nothing. What a head with a sound sum asks for beyond that is `sealed`; what is damaged is `broken`.
 */

interface Exports {
  readonly memory: Memory;
  /** The address of a context. */
  readonly create_context: () => number;
  readonly destroy_context: (context: number) => void;
  readonly supply_input: (context: number, bytes: number) => void;
  readonly get_next_output: (context: number) => number;
}

/** Places among the numbers at the address of a context, as the package's own `XzContext` has them. */
const [BUFFER_SIZE, INPUT, TAKEN, OUTPUT, SIZE] = [0, 1, 2, 4, 5];
const NUMBERS = 6;
/** Results of get_next_output: `enum xz_ret` of xz.h. To make no progress is no error where more input comes. */
const [OK, STREAM_END, NO_PROGRESS] = [0, 1, 8];
/** Another check, no memory, a larger dictionary, other filters. */
const BEYOND: ReadonlySet<number> = new Set([2, 3, 4, 6]);

/**
 * An instance never gives memory back, and after different dictionaries its memory lies in pieces. So each has one stream at a
 * time, and one of two sizes of dictionary, those of `xz` and of `xz -9`: the next stream finds what the one before it freed.
 */
interface Pool {
  readonly dictionaryBytes: number;
  /** Of all that have a stream. */
  readonly room: Room;
  /** Those that have none. */
  readonly idle: Exports[];
}

const MB = 1024 * 1024;
const poolOf = (dictionaryBytes: number, streams: number): Pool => ({
  dictionaryBytes,
  room: createRoom(streams * dictionaryBytes),
  idle: [],
});
const POOLS = [poolOf(8 * MB, 6), poolOf(64 * MB, 1)] as const;
/** What an instance takes besides: a stack, two buffers, tables; it grows by a half at least. */
const OTHER_BYTES = 8 * MB;

/** Memories of instances that took too much, until they are collected: together no more than this, and one more. */
const MAX_LOST_BYTES = 64 * MB;
let lost: WeakRef<Memory>[] = [];
let compiled: object | undefined;

/** An instance without a stream. @throws Error where there is no memory for it */
function instanceOf({ idle }: Pool): Exports {
  const found = idle.pop();
  if (found !== undefined) return found;
  lost = lost.filter((memory) => memory.deref() !== undefined);
  const lostBytes = lost.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0);
  if (lostBytes > MAX_LOST_BYTES) throw new Error('xz took too much memory');
  const start = xz.XzReadableStream as unknown as { _getModuleInstance: () => unknown };
  compiled ??= compiledBy(() => start._getModuleInstance());
  return exportsOf(compiled, {}) as Exports;
}

const poolFor = (bytes: number): Pool | undefined =>
  POOLS.find(({ dictionaryBytes }) => bytes <= dictionaryBytes);

/** `mostOutput`: so much is undone of a stream, so that no more is needed of its dictionary. */
const formatFor = (mostOutput: number): PartedFormat => ({
  roomFor: (memoryBytes) => poolFor(memoryBytes)!.room,
  // The .xz File Format, 2.2.
  paddingOf: (bytes) => {
    const end = bytes.findIndex((byte) => byte !== 0);
    return end === -1 ? bytes.length : end;
  },
  headOf: (bytes) => {
    const asked = xzHeadOf(bytes);
    if (typeof asked === 'string') return asked;
    const memoryBytes = poolFor(Math.min(asked, mostOutput))?.dictionaryBytes;
    if (memoryBytes === undefined) return 'sealed';
    return { memoryBytes, bytes: withDictionary(bytes, memoryBytes) };
  },
  open: (memoryBytes) => {
    try {
      return openStream(poolFor(memoryBytes)!);
    } catch {
      return undefined;
    }
  },
});

/** An engine for xz. `mostOutput`: what is written to it is never undone to more. */
export function createXzEngine(mostOutput = Infinity): Engine {
  return createPartedEngine(formatFor(mostOutput));
}

/** What the last four bytes of a stream end with (2.1.2.4), of which sizes are multiples of four: 2.1. */
const FOOTER_MAGIC = [0x59, 0x5a] as const;

function openStream(pool: Pool): OpenPart {
  const exports = instanceOf(pool);
  const context = exports.create_context();
  const position = { given: 0, last: 0 };
  let isLost = false;
  const lose = (): void => {
    isLost = true;
    lost.push(new WeakRef(exports.memory));
  };
  return {
    undo: (bytes, maxOutput) => {
      try {
        const undone = undo(exports, { context, bytes, maxOutput, position });
        // A later block asked for more than the first.
        if (exports.memory.buffer.byteLength <= pool.dictionaryBytes + OTHER_BYTES) return undone;
      } catch {
        // The decoder trapped.
      }
      lose();
      return { outputs: [], state: 'sealed', unread: bytes.length };
    },
    free: () => {
      if (isLost) return;
      exports.destroy_context(context);
      pool.idle.push(exports);
    },
  };
}

/** How many bytes of a stream the decoder has received, and the last of them. */
interface Position {
  given: number;
  last: number;
}

interface Step {
  readonly context: number;
  readonly bytes: Uint8Array;
  readonly maxOutput: number;
  readonly position: Position;
}

/** The decoder goes on with what is behind a stream, and tells its end only where it is given nothing more: so it is asked wherever one may be. */
function undo(exports: Exports, { context, bytes, maxOutput, position }: Step): Undone {
  const outputs: Uint8Array[] = [];
  let left = maxOutput;
  for (let at = 0; at < bytes.length;) {
    const end = endIn(bytes.subarray(at), position);
    const piece = bytes.subarray(at, end === undefined ? bytes.length : at + end);
    const { state, unread } = undoPiece(exports, { context, piece, outputs, left });
    left = maxOutput - outputs.reduce((sum, { length }) => sum + length, 0);
    if (state !== 'more') return { outputs, state, unread: unread + bytes.length - at - piece.length };
    at += piece.length;
    position.given += piece.length;
    position.last = piece.at(-1)!;
    if (end !== undefined && isAtEnd(exports, context))
      return { outputs, state: 'end', unread: bytes.length - at };
  }
  return { outputs, state: 'more', unread: 0 };
}

/** Behind the first bytes that a stream may end with. */
function endIn(bytes: Uint8Array, { given, last }: Position): number | undefined {
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== FOOTER_MAGIC[1] || (given + at + 1) % 4 !== 0) continue;
    if ((at === 0 ? last : bytes[at - 1]) === FOOTER_MAGIC[0]) return at + 1;
  }
  return undefined;
}

function isAtEnd(exports: Exports, context: number): boolean {
  exports.supply_input(context, 0);
  return exports.get_next_output(context) === STREAM_END;
}

interface Piece {
  readonly context: number;
  readonly piece: Uint8Array;
  /** What comes of it is added. */
  readonly outputs: Uint8Array[];
  /** So much may come. */
  readonly left: number;
}

function undoPiece(
  exports: Exports,
  { context, piece, outputs, left }: Piece,
): Pick<Undone, 'state' | 'unread'> {
  // The memory moves when it grows.
  const numbers = (): Uint32Array => new Uint32Array(exports.memory.buffer, context, NUMBERS);
  const numberAt = (place: number): number => numbers()[place]!;
  const bufferBytes = numberAt(BUFFER_SIZE);
  let total = 0;
  for (let at = 0; at < piece.length; at += bufferBytes) {
    const given = piece.subarray(at, at + bufferBytes);
    new Uint8Array(exports.memory.buffer).set(given, numberAt(INPUT));
    exports.supply_input(context, given.length);
    let isFull = false;
    do {
      numbers()[SIZE] = 0;
      const result = exports.get_next_output(context);
      const [size, from] = [numberAt(SIZE), numberAt(OUTPUT)];
      if (size > 0) outputs.push(new Uint8Array(exports.memory.buffer.slice(from, from + size)));
      total += size;
      const unread = piece.length - at - numberAt(TAKEN);
      if (total > left) return { state: 'large', unread };
      if (result !== OK && result !== NO_PROGRESS)
        return { state: BEYOND.has(result) ? 'sealed' : 'broken', unread };
      isFull = size === bufferBytes;
    } while (isFull || numberAt(TAKEN) < given.length);
  }
  return { state: 'more', unread: 0 };
}
