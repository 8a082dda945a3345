/** The same bytes in memory of their own, if they are a small part of theirs: kept as they are, they would hold all of it. */
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
 * The beginning of what is waited for as a whole. Its memory is its own, and grows with what has come, not with what was announced:
 * pieces of one byte each, or parts of what a socket has read, would keep many times their length.
 */
export class Beginning {
  /** May be longer than what is here. */
  #memory = NOTHING;
  #length = 0;

  /** Of what is here. */
  get length(): number {
    return this.#length;
  }

  /** What it takes of memory. */
  get memoryBytes(): number {
    return this.#memory.length;
  }

  /** What is here. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** `mostBytes`: of all that is waited for; there is never room for more. */
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

  /** Gives what is here, and begins anew. */
  take(): Buffer {
    const { bytes } = this;
    [this.#memory, this.#length] = [NOTHING, 0];
    return bytes;
  }
}
