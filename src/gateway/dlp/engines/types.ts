/** What every decompressor of the gateway offers: synchronous, piece by piece, reusable. */

/** `zip`: a file in one, whose data is `deflate-raw` behind a head of its own; `png`: its pixels (`views/pixels.ts`). */
export type Compression = 'gzip' | 'deflate' | 'deflate-raw' | 'br' | 'zstd' | 'zip' | 'png';

export interface Written {
  /** As far as the input goes, or to where it is broken. */
  readonly output: Uint8Array;
  /**
   * `more`: nothing is wrong so far. `ended`: there is input left after the end. `large`: the output was cut. `sealed`: it is
   * compressed data without doubt, and cannot be undone here or is damaged.
   */
  readonly state: 'more' | 'ended' | 'broken' | 'large' | 'sealed';
  /** Of the input, where it ended before that. */
  readonly unread: number;
}

export interface Engine {
  write(bytes: Uint8Array, maxOutput: number): Written;
  /** Whether the data written so far is complete. Call `reset` before you write more. */
  isWhole(): boolean;
  /** Begins anew. */
  reset(): void;
  close(): void;
}
