/**
 * Returns a copy in separate memory where the bytes fill at most half of theirs. Otherwise, keeping them would hold all
 * of it.
 */
export function apart(bytes: Buffer): Buffer;
export function apart(bytes: Uint8Array): Uint8Array;
export function apart(bytes: Uint8Array): Uint8Array {
  if (bytes.length * 2 > bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

const NOTHING = Buffer.alloc(0);

/**
 * The start of data that must arrive completely. Its separate memory grows with the arrived length, not with the
 * announced one. Pieces of one byte, or parts of a socket's read, would hold many times their length.
 */
export class Beginning {
  /** May be longer than the arrived bytes. */
  #memory = NOTHING;
  #length = 0;

  /** Length of the arrived bytes. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that this takes. */
  get memoryBytes(): number {
    return this.#memory.length;
  }

  /** The arrived bytes. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** `mostBytes`: the length of all expected data. The memory never grows beyond it. */
  add(bytes: Uint8Array, mostBytes: number): void {
    const length = this.#length + bytes.length;
    if (length > this.#memory.length) {
      const room = Math.max(length, Math.min(mostBytes, 2 * this.#memory.length));
      const grown = Buffer.allocUnsafeSlow(room);
      grown.set(this.bytes);
      this.#memory = grown;
    }
    this.#memory.set(bytes, this.#length);
    this.#length = length;
  }

  /** Returns the arrived bytes, and starts empty. */
  take(): Buffer {
    const { bytes } = this;
    [this.#memory, this.#length] = [NOTHING, 0];
    return bytes;
  }
}
