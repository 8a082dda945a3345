const NOTHING = new Uint8Array(0);

/** Bytes that come one after the other; memory is taken when there are some. */
export class Sink {
  #bytes = NOTHING;
  length = 0;

  put(byte: number): void {
    this.room(1)[this.length++] = byte;
  }

  /** What to write so many bytes to, from `length` on, which is then to be set. */
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
