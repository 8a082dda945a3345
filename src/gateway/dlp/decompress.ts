import { createEngine, type Compression } from './engine.ts';

/** Content-Encoding undone as the bytes come, in step with them: what came in is known as far as it can be. RFC 9110, 8.4. */

/** What is undone at a time; no coding makes more of it in ordinary data than `MAX_PIECE_OUTPUT`. */
export const PIECE = 4 * 1024;
export const MAX_PIECE_OUTPUT = 8 * 1024 * 1024;
/** Text of the most repetitive kind, logs, shrinks by 50 to 100. */
const MAX_RATIO = 200;
/** Up to here any ratio is taken. */
const FREE_OUTPUT = 1024 * 1024;

const CODINGS: Readonly<Record<string, Compression>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};

/** Whether so much output of so much input is what only a bomb gives. */
export function isBomb(given: number, taken: number): boolean {
  return given > FREE_OUTPUT && given > taken * MAX_RATIO;
}

/** Undoes one coding. `push` and `end` throw `Undecodable`. */
export interface Decompressor {
  push(bytes: Uint8Array): Uint8Array;
  /** How many of the last bytes nothing has come of yet: of a block of zstd, all until it is whole. */
  readonly silent: number;
  /** What began must be whole: what a decoder still holds back is said by nobody. */
  end(): void;
  close(): void;
}

/** Why a body cannot be decoded: `broken`, `bomb`, or a coding that is not known here. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

/**
 * What undoes `coding`, or undefined for one that is not known here. `receivedBytes`: how much has come of the body, whatever else was
 * undone before; each coding multiplies.
 */
export function createDecompressor(coding: string, receivedBytes: () => number): Decompressor | undefined {
  const kind = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined;
  const engine = kind && createEngine(kind);
  if (kind === undefined || engine === undefined) return undefined;
  let taken = 0;
  let given = 0;
  let silent = 0;
  return {
    get silent() {
      return silent;
    },
    push: (bytes) => {
      const outputs: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += PIECE) {
        const piece = bytes.subarray(at, at + PIECE);
        taken += piece.length;
        silent += piece.length;
        for (let unread = piece.length; unread > 0;) {
          const written = engine.write(piece.subarray(piece.length - unread), MAX_PIECE_OUTPUT);
          const { output, state } = written;
          given += output.length;
          if (output.length > 0) silent = 0;
          if (state === 'large' || isBomb(given, receivedBytes())) throw new Undecodable('bomb');
          // Several frames of zstd may follow each other: RFC 8878, 3.
          const goesOn = state === 'ended' && kind === 'zstd' && written.unread < unread;
          if (state !== 'more' && !goesOn) throw new Undecodable('broken');
          outputs.push(output);
          ({ unread } = written);
        }
      }
      return Buffer.concat(outputs);
    },
    end: () => {
      if (taken > 0 && !engine.isWhole()) throw new Undecodable('broken');
    },
    close: () => engine.close(),
  };
}
