import * as zlib from 'node:zlib';

/** Content-Encoding undone as the bytes come, in step with them: what came in is known as far as it can be. RFC 9110, 8.4. */

/** Node's own, which its one-shot functions are made of: synchronous, and of any part of a stream. */
interface Engine {
  _processChunk(bytes: Uint8Array, flush: number): Buffer;
  close(): void;
}

interface Coding {
  readonly create: (options: object) => unknown;
  readonly flush: number;
}

/** Of a piece of what comes in; no coding makes more of it in ordinary data. */
const PIECE = 4 * 1024;
const MAX_PIECE_OUTPUT = 8 * 1024 * 1024;
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
  const engine = known.create({ maxOutputLength: MAX_PIECE_OUTPUT }) as Engine & NodeJS.EventEmitter;
  engine.on('error', () => undefined); // told by `_processChunk` too
  let taken = 0;
  let given = 0;
  return {
    push: (bytes) => {
      const outputs: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += PIECE) {
        const piece = bytes.subarray(at, at + PIECE);
        const output = decompressed(engine, piece, known.flush);
        taken += piece.length;
        given += output.length;
        if (given > FREE_OUTPUT && given > taken * MAX_RATIO) throw new Undecodable('bomb');
        outputs.push(output);
      }
      return Buffer.concat(outputs);
    },
    close: () => engine.close(),
  };
}

function decompressed(engine: Engine, bytes: Uint8Array, flush: number): Uint8Array {
  try {
    return engine._processChunk(bytes, flush);
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Undecodable(isTooLarge ? 'bomb' : 'broken', { cause: error });
  }
}
