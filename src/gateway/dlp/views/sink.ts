const NOTHING = new Uint8Array(0);

/** Bytes that come one after the other; memory is taken when there are some. */
export class Sink {
  #bytes = NOTHING;
  length = 0;

  put(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = byte;
  }

  taken(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + more, this.#bytes.length * 4, 64));
    larger.set(this.taken());
    this.#bytes = larger;
  }
}
