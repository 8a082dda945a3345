import * as zlib from 'node:zlib';
import type { Compression, Engine, Written } from './types.ts';

/**
 * Node's decompressors, used synchronously, part by part, and repeatedly. For that, `zlib` only offers one-shot
 * functions, which create a stream object per call, and give no output for incomplete data. They use `writeSync`, which
 * is internal. On a Node without it there is no engine, and compressed data cannot be inspected.
 */

/** Compressions that node:zlib undoes. */
type NodeCompression = Exclude<Compression, 'zstd' | 'zip'>;

interface Internals {
  readonly _handle?: {
    writeSync?: (flush: number, ...buffers: [Uint8Array, number, number, Uint8Array, number, number]) => void;
  };
  /** Bytes left in the output and in the input after `writeSync`. */
  readonly _writeState?: Uint32Array;
  reset(): void;
  close(): void;
}

interface Kind {
  readonly create: () => unknown;
  readonly flush: number;
  /** A flush that gives neither an error nor output only after a complete stream. */
  readonly last: number;
}

const { constants } = zlib;
const NOTHING = Buffer.alloc(0);
const OF_ZLIB = { flush: constants.Z_SYNC_FLUSH, last: constants.Z_FINISH } as const;

/**
 * Size of Node's own buffer, which stays unused here. A larger one per engine would stay in memory until the next turn.
 */
const chunkSize = 64;

const KINDS: Readonly<Record<NodeCompression, Kind>> = {
  gzip: { create: () => zlib.createGunzip({ chunkSize }), ...OF_ZLIB },
  deflate: { create: () => zlib.createInflate({ chunkSize }), ...OF_ZLIB },
  'deflate-raw': { create: () => zlib.createInflateRaw({ chunkSize }), ...OF_ZLIB },
  br: {
    create: () => zlib.createBrotliDecompress({ chunkSize }),
    flush: constants.BROTLI_OPERATION_FLUSH,
    last: constants.BROTLI_OPERATION_FINISH,
  },
};

/** Shared by all engines: each call writes to it and copies from it. */
const OUTPUT = new Uint8Array(64 * 1024);

/** Returns an engine, or undefined if this Node has none of the kind. */
export function createNodeEngine(kind: NodeCompression): Engine | undefined {
  const { create, flush, last } = KINDS[kind];
  const internals = create() as Internals;
  const handle = internals._handle;
  const left = internals._writeState;
  if (handle?.writeSync === undefined || left === undefined) return undefined;
  const now = { broken: false };
  Object.assign(handle, { onerror: () => (now.broken = true) });
  const write = (bytes: Uint8Array, maxOutput: number): Written => {
    const outputs: Uint8Array[] = [];
    let total = 0;
    let unread = bytes.length;
    do {
      left[0] = OUTPUT.length;
      handle.writeSync?.(flush, bytes, bytes.length - unread, unread, OUTPUT, 0, OUTPUT.length);
      const size = now.broken ? 0 : OUTPUT.length - left[0];
      if (size > 0) outputs.push(OUTPUT.slice(0, size));
      total += size;
      unread = left[1] ?? 0;
    } while (!now.broken && left[0] === 0 && total <= maxOutput);
    const output = outputs.length === 1 ? outputs[0]! : Buffer.concat(outputs);
    if (now.broken) return { output, state: 'broken', unread };
    if (total > maxOutput) return { output, state: 'large', unread };
    return { output, state: unread > 0 ? 'ended' : 'more', unread };
  };
  return {
    write,
    isWhole: () => {
      handle.writeSync?.(last, NOTHING, 0, 0, OUTPUT, 0, OUTPUT.length);
      return !now.broken && left[0] === OUTPUT.length;
    },
    reset: () => {
      now.broken = false;
      internals.reset();
    },
    close: () => internals.close(),
  };
}
