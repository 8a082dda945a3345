import type { Duplex } from 'node:stream';
import { giveBack, givingBack, lend } from '../../../message/buffer-release.ts';

/** Writes a connection's output: gathers it, and writes once per turn of the event loop. */

/** Bytes that may wait for the kernel before content waits too. */
const MOST_WAITING_BYTES = 128 * 1024;
/** Bytes that may wait including frames that never wait: answers that a peer causes and does not read. */
const MOST_BYTES = 1024 ** 2;
/** Up to this length in bytes, one copy costs less than several writes. */
const COPIED_BYTES = 16_384;

/** Writes to one socket, in the order of `add`. */
export class Writer {
  readonly #socket: Duplex;
  readonly #turned: () => void;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  /** Lent parts of the gathered bytes. */
  #lent: Uint8Array[] = [];
  #isScheduled = false;

  /** `turned`: called before each write of the gathered bytes. */
  constructor(socket: Duplex, turned: () => void) {
    this.#socket = socket;
    this.#turned = turned;
  }

  get isFull(): boolean {
    return this.#waiting > MOST_WAITING_BYTES;
  }

  /** Whether the peer causes answers and does not read them. */
  get isFlooded(): boolean {
    return this.#waiting > MOST_BYTES;
  }

  add(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    this.#bytes += bytes.length;
    this.schedule();
  }

  /** Gives back these added bytes once they have left. */
  giveBackLater(bytes: Uint8Array): void {
    this.#lent.push(bytes);
  }

  /** Schedules `turned` and a write for the end of this turn. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }

  /** Writes the gathered bytes now. */
  flush(): void {
    const [frames, bytes, lent] = [this.#frames, this.#bytes, this.#lent];
    this.#frames = [];
    this.#bytes = 0;
    if (lent.length > 0) this.#lent = [];
    if (bytes === 0 || !this.#socket.writable) return;
    if (frames.length > 1 && bytes <= COPIED_BYTES)
      return this.#writeCopy(Buffer.concat(frames, bytes), lent);
    const written = lent.length === 0 ? undefined : givingBack(lent);
    if (frames.length === 1) return void this.#socket.write(frames[0], written);
    this.#socket.cork();
    for (const frame of frames.slice(0, -1)) this.#socket.write(frame);
    this.#socket.write(frames.at(-1), written);
    this.#socket.uncork();
  }

  /** Gives the copied bytes back, because only the copy is needed. */
  #writeCopy(copy: Buffer, lent: readonly Uint8Array[]): void {
    if (lent.length === 0) return void this.#socket.write(copy);
    for (const bytes of lent) giveBack(bytes);
    lend(copy);
    this.#socket.write(copy, givingBack([copy]));
  }

  get #waiting(): number {
    return this.#socket.writableLength + this.#bytes;
  }

  readonly #turn = (): void => {
    this.#isScheduled = false;
    this.#turned();
    this.flush();
  };
}
