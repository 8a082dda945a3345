const NOTHING = new Uint8Array(0);

/** Collects bytes. Allocates memory when the first byte arrives. */
export class Sink {
  #bytes = NOTHING;
  length = 0;

  put(byte: number): void {
    this.room(1)[this.length++] = byte;
  }

  /** Returns a buffer with room for `more` bytes from `length` on. The caller writes them, and then sets `length`. */
  room(more: number): Uint8Array {
    if (this.length + more > this.#bytes.length) this.#grow(more);
    return this.#bytes;
  }

  taken(): Uint8Array {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.length);
  }

  #grow(more: number): void {
    const larger = new Uint8Array(Math.max(this.length + more, this.#bytes.length * 4, 64));
    larger.set(this.taken());
    this.#bytes = larger;
  }
}
