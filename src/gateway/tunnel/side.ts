import { Socket, type OnReadOpts } from 'node:net';
import { handleOf } from './handle.ts';
import { exchangeForLarger, giveBack, leaseSmall } from './buffers.ts';

/**
 * One end of a tunnel. Node's documented `onread` lets a socket read into memory of ours, without an object per chunk;
 * for a socket that is open already, its handle is wrapped anew. That a Socket takes a `handle` is undocumented, so it
 * is tested for, and without it the stream's own events do the same more slowly.
 */

/** What the tunnel hears of a side. */
export interface SideEvents {
  /** All that this side had to say has been passed on. */
  readonly ended: () => void;
  readonly broke: (why: string) => void;
}

export class Side {
  bytesRead = 0;
  /** Its end has been read and passed on. */
  isOver = false;
  readonly #socket: Socket;
  /** What was read before the handle was wrapped anew. */
  readonly #early: Buffer[] = [];
  #buffer = leaseSmall();
  #to: Side | undefined;
  #isHeld = false;

  constructor(socket: Socket) {
    socket.pause().removeAllListeners('data').removeAllListeners('end');
    for (let chunk: unknown; (chunk = socket.read()) !== null;) this.#early.push(chunk as Buffer);
    this.#socket = rewrap(socket, { buffer: () => this.#buffer, callback: this.#onRead });
  }

  /** Passes all that comes from this side on to the other, no faster than that one takes it. */
  pour(to: Side, events: SideEvents): void {
    this.#to = to;
    const socket = this.#socket;
    socket.on('end', () => {
      to.#socket.once('finish', () => {
        this.isOver = true;
        events.ended();
      });
      to.#socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => events.broke(error.code ?? error.message));
    socket.on('close', () => {
      giveBack(this.#buffer);
      events.broke('closed');
    });
    if (socket.destroyed) return events.broke('closed before');
    if (!isRewrapped(socket)) socket.on('data', (chunk: Buffer) => this.#passOn(chunk) || socket.pause());
    for (const chunk of this.#early) this.#passOn(chunk);
    if (!this.#isHeld) socket.resume();
  }

  /** Before anything is poured into this side. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Abruptly: the peer is to see a reset, not an end, because bytes are missing. */
  close(abruptly: boolean): void {
    if (abruptly) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #onRead = (count: number, buffer: Uint8Array): boolean => {
    const passed = this.#passOn(buffer.subarray(0, count));
    if (passed && count === buffer.length) this.#buffer = exchangeForLarger(this.#buffer);
    return passed;
  };

  /** True when the kernel has taken all of it, and the memory is free again. */
  #passOn(bytes: Uint8Array): boolean {
    const to = this.#to;
    if (to === undefined) return false;
    this.bytesRead += bytes.length;
    to.#socket.write(bytes, this.#onFlushed);
    this.#isHeld = to.#socket.writableLength > 0;
    return !this.#isHeld;
  }

  /** Called for each write, also for one before the last: only an empty queue means that the memory is free. */
  #onFlushed = (): void => {
    if (!this.#isHeld || this.#to === undefined || this.#to.#socket.writableLength > 0) return;
    this.#isHeld = false;
    this.#socket.resume();
  };
}

const rewrapped = new WeakSet<Socket>();
const isRewrapped = (socket: Socket): boolean => rewrapped.has(socket);

/** A new Socket on the same connection, which reads by `onread`; the same one where Node does not lend its handle. */
function rewrap(socket: Socket, onread: OnReadOpts): Socket {
  const handle = handleOf(socket);
  if (handle === undefined) return socket;
  handle.readStop();
  handle.reading = false;
  const options = { handle, onread, allowHalfOpen: true, pauseOnCreate: true };
  const wrapped = new Socket(options);
  // The old object is still counted by the server that accepted it.
  wrapped.once('close', () => socket.destroy());
  rewrapped.add(wrapped);
  return wrapped;
}
