import { createEngine, type Compression } from '../engine.ts';

/** Undoes Content-Encoding in step with the arriving bytes, so that all decodable input is inspected. RFC 9110, 8.4. */

/** Bytes decoded at a time. No coding expands ordinary data of this size to more than `MAX_PIECE_OUTPUT`. */
export const PIECE = 4 * 1024;
export const MAX_PIECE_OUTPUT = 8 * 1024 * 1024;
/** Highest ratio of output to input. The most repetitive text (logs) shrinks by 50 to 100. */
const MAX_RATIO = 200;
/** Up to this many bytes of output, any ratio is accepted. */
const FREE_OUTPUT = 1024 * 1024;

const CODINGS: Readonly<Record<string, Compression>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};

/** Whether only a decompression bomb gives this much output for this input. */
export function isBomb(given: number, taken: number): boolean {
  return given > FREE_OUTPUT && given > taken * MAX_RATIO;
}

/**
 * Undoes one coding.
 * @throws Undecodable: `push` and `end`, if the data are broken or a bomb
 */
export interface Decompressor {
  push(bytes: Uint8Array): Uint8Array;
  /** Number of the last input bytes that gave no output yet; a block of zstd gives none until it is complete. */
  readonly silent: number;
  /**
   * Checks that the data are complete, because a decoder does not report the bytes that it still holds.
   * @throws Undecodable
   */
  end(): void;
  close(): void;
}

/** The body cannot be decoded. The message is `broken`, `bomb`, or the name of an unknown coding. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

/**
 * Returns a decompressor for `coding`, or undefined for an unknown coding. `receivedBytes` returns how much of the body
 * has arrived, before any decoding: each coding multiplies the output.
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
          // Several zstd frames may follow each other: RFC 8878, 3.
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
