import type { Duplex } from 'node:stream';
import { giveBack, givingBack, lend } from '../../message/buffer-release.ts';

/** What goes out on a connection: gathered, and written once in a turn of the event loop. */

/** So much may wait for the kernel before content waits for it, too. */
const MOST_WAITING_BYTES = 128 * 1024;
/** And so much of what does not wait: answers to what a peer asks without reading them. */
const MOST_BYTES = 1024 ** 2;
/** One copy costs less than several writes, up to here. */
const COPIED_BYTES = 16_384;

/** To one socket. What is added leaves in its order. */
export class Writer {
  readonly #socket: Duplex;
  readonly #turned: () => void;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  /** Of what was gathered. */
  #lent: Uint8Array[] = [];
  #isScheduled = false;

  /** `turned` is called before what was gathered is written. */
  constructor(socket: Duplex, turned: () => void) {
    this.#socket = socket;
    this.#turned = turned;
  }

  get isFull(): boolean {
    return this.#waiting > MOST_WAITING_BYTES;
  }

  /** The peer makes answers, and does not take them. */
  get isFlooded(): boolean {
    return this.#waiting > MOST_BYTES;
  }

  add(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    this.#bytes += bytes.length;
    this.schedule();
  }

  /** This, which was added, is given back once it has left. */
  giveBackLater(bytes: Uint8Array): void {
    this.#lent.push(bytes);
  }

  /** Has `turned` called at the end of this turn. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }

  /** Writes what there is. */
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

  /** What was copied is needed no longer. */
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
