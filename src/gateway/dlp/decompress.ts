import * as zlib from 'node:zlib';

/** Content-Encoding undone as the bytes come, in step with them: what came in is known as far as it can be. RFC 9110, 8.4. */

/**
 * Inside Node's decompressors, and what its one-shot functions are made of: the only way to have a stream undone part by part
 * without waiting. Where a later Node has it no more, encoded bodies are refused.
 */
interface Engine {
  readonly _handle?: {
    writeSync?: (flush: number, ...input: [Uint8Array, number, number, Uint8Array, number, number]) => void;
  };
  /** What is left of the output and of the input after `writeSync`. */
  readonly _writeState?: Uint32Array;
  close(): void;
}

interface Coding {
  readonly create: (options: object) => unknown;
  readonly flush: number;
}

/** Of a piece of what comes in; no coding makes more of it in ordinary data. */
const PIECE = 4 * 1024;
const MAX_PIECE_OUTPUT = 8 * 1024 * 1024;
const OUTPUT = 64 * 1024;
/** Text of the most repetitive kind, logs, shrinks by 50 to 100. */
const MAX_RATIO = 200;
/** Up to here any ratio is taken. */
const FREE_OUTPUT = 1024 * 1024;

const { constants } = zlib;
const zstd = zlib as unknown as {
  createZstdDecompress?: (options: object) => unknown;
  constants: { ZSTD_e_flush?: number };
};

const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: { create: (options) => zlib.createGunzip(options), flush: constants.Z_SYNC_FLUSH },
  'x-gzip': { create: (options) => zlib.createGunzip(options), flush: constants.Z_SYNC_FLUSH },
  deflate: { create: (options) => zlib.createInflate(options), flush: constants.Z_SYNC_FLUSH },
  br: {
    create: (options) => zlib.createBrotliDecompress(options),
    flush: constants.BROTLI_OPERATION_FLUSH,
  },
  // Since Node 22.15 only; before, such a body is refused.
  ...(zstd.createZstdDecompress && {
    zstd: { create: zstd.createZstdDecompress, flush: zstd.constants.ZSTD_e_flush ?? 1 },
  }),
};

/** Undoes one coding. `push` throws `Undecodable`. */
export interface Decompressor {
  push(bytes: Uint8Array): Uint8Array;
  close(): void;
}

/** Why a body cannot be decoded: `broken`, `bomb`, or a coding that is not known here. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

/** What undoes `coding`, or undefined for one that is not known here. */
export function createDecompressor(coding: string): Decompressor | undefined {
  const known = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined;
  if (known === undefined) return undefined;
  const write = writerOf(known.create({}) as Engine, known.flush);
  if (write === undefined) return undefined;
  let taken = 0;
  let given = 0;
  return {
    push: (bytes) => {
      const outputs: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += PIECE) {
        const piece = bytes.subarray(at, at + PIECE);
        const output = write.piece(piece);
        taken += piece.length;
        given += output.length;
        if (given > FREE_OUTPUT && given > taken * MAX_RATIO) throw new Undecodable('bomb');
        outputs.push(output);
      }
      return Buffer.concat(outputs);
    },
    close: () => write.close(),
  };
}

interface Writer {
  piece(bytes: Uint8Array): Uint8Array;
  close(): void;
}

function writerOf(engine: Engine, flush: number): Writer | undefined {
  const { _handle: handle, _writeState: left } = engine;
  if (handle?.writeSync === undefined || left === undefined) return undefined;
  let broken = false;
  Object.assign(handle, { onerror: () => (broken = true) });
  const piece = (bytes: Uint8Array) => {
    const outputs: Uint8Array[] = [];
    let total = 0;
    let leftIn = bytes.length;
    for (let isFull = true; isFull;) {
      const output = new Uint8Array(OUTPUT);
      handle.writeSync?.(flush, bytes, bytes.length - leftIn, leftIn, output, 0, OUTPUT);
      if (broken) throw new Undecodable('broken');
      const [leftOut = 0, unread = 0] = left;
      outputs.push(output.subarray(0, OUTPUT - leftOut));
      total += OUTPUT - leftOut;
      leftIn = unread;
      isFull = leftOut === 0;
      if (total > MAX_PIECE_OUTPUT) throw new Undecodable('bomb');
    }
    // What is not taken comes after the end.
    if (leftIn > 0) throw new Undecodable('broken');
    return outputs.length === 1 ? outputs[0]! : Buffer.concat(outputs);
  };
  return { piece, close: () => engine.close() };
}
