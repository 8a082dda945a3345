/** The interface of all decompressors of the gateway: synchronous, piece by piece, reusable. */

/** `zip`: one file in a zip, whose data is `deflate-raw` behind its head. */
export type Compression = 'gzip' | 'deflate' | 'deflate-raw' | 'br' | 'zstd' | 'zip';

export interface Written {
  /** Output up to the end of the input, or up to the error. */
  readonly output: Uint8Array;
  /**
   * `more`: no error so far. `ended`: input is left after the end. `large`: the output was cut. `sealed`: it certainly
   * is compressed data, but cannot be undone here or is damaged.
   */
  readonly state: 'more' | 'ended' | 'broken' | 'large' | 'sealed';
  /** Bytes of the input that were not read. */
  readonly unread: number;
}

export interface Engine {
  write(bytes: Uint8Array, maxOutput: number): Written;
  /** Whether the data written so far is complete. Call `reset` before you write more. */
  isWhole(): boolean;
  /** Starts a new stream. */
  reset(): void;
  close(): void;
}
