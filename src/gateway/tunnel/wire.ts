import { connect, type OnReadOpts, type Socket } from 'node:net';
import { exchangeForLarger, giveBack, leaseSmall } from './buffers.ts';
import { canReadByMemory, SET_BY_SOCKET, socketOf, type ConnectionHandle } from './handle.ts';

/**
 * A connection that is read into memory of ours, without an object per chunk, by Node's `onread`; or, where that cannot
 * be had for an accepted connection, by the events of its stream, which is slower.
 */

/** What to do with bytes, which are only lent: false once no more are wanted for now. */
export type Take = (bytes: Buffer) => boolean;

export interface WireEvents {
  readonly ended: () => void;
  readonly broke: (why: string) => void;
}

/** Without a byte, until the kernel asks whether the peer is still there. */
const KEEP_ALIVE_MS = 60_000;
const NOTHING: Buffer = Buffer.alloc(0);
const NOBODY: WireEvents = { ended: () => undefined, broke: () => undefined };

/** One connection and what was read of it. It never throws for what a peer does: `broke` and `ended` say so. */
export class Wire {
  bytesRead = 0;
  readonly #socket: Socket;
  /** Read, and not yet taken by anybody. */
  #held = NOTHING;
  #memory = leaseSmall();
  /** While nobody reads. */
  readonly #keep: Take = (bytes) => {
    this.#held = Buffer.concat([this.#held, bytes]);
    return false;
  };
  #take = this.#keep;
  #events = NOBODY;
  /** Read by the events of a stream. */
  #isStream = false;
  #isEnded = false;
  #broken: string | undefined;
  #whenClosed: (() => void) | undefined;

  private constructor(open: (onread: OnReadOpts) => Socket) {
    this.#socket = open({ buffer: () => this.#memory, callback: this.#onRead });
    this.#socket.on('end', () => {
      this.#isEnded = true;
      this.#events.ended();
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#break(error.code ?? error.message));
    this.#socket.on('close', () => {
      giveBack(this.#memory);
      this.#memory = NOTHING;
      this.#break('closed');
      this.#whenClosed?.();
    });
  }

  /** A connection that Node has accepted: read by events. */
  static of(socket: Socket): Wire {
    const wire = new Wire(() => socket.pause());
    socket.on('data', (bytes: Buffer) => wire.#deliver(bytes) || socket.pause());
    wire.#isStream = true;
    return wire;
  }

  /** A connection that was accepted and has no Socket yet. */
  static ofHandle(connection: ConnectionHandle): Wire {
    if (!canReadByMemory(connection)) return Wire.of(socketOf(connection));
    return new Wire((onread) => socketOf(connection, onread));
  }

  /** A connection to this address. @throws Error with the reason */
  static to(address: string, port: number, timeoutMs: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const wire = new Wire((onread) => {
        return connect({ host: address, port, allowHalfOpen: true, noDelay: true, onread, ...SET_BY_SOCKET });
      });
      const timer = setTimeout(() => wire.#socket.destroy(new Error('ETIMEDOUT')), timeoutMs);
      const settle = (why?: string): void => {
        clearTimeout(timer);
        wire.#events = NOBODY;
        if (why === undefined) resolve(wire);
        else reject(new Error(`connect ${why} ${address}:${port}`));
      };
      wire.#events = { ended: () => undefined, broke: settle };
      wire.#socket.once('connect', () => settle());
    });
  }

  /** Gives all that comes to `take`, what is held first, until it says no. A wire has one reader at a time. */
  read(take: Take, events: WireEvents): void {
    this.#take = take;
    this.#events = events;
    if (this.#broken !== undefined) return events.broke(this.#broken);
    const held = this.#held;
    this.#held = NOTHING;
    const goesOn = held.length === 0 || take(held);
    if (this.#isEnded) events.ended();
    else if (goesOn) this.goOn();
  }

  /** More is wanted after a no. */
  goOn(): void {
    // Nothing flows through the stream of a socket that reads into memory: this only starts its reading again.
    if (this.#isStream) this.#socket.resume();
    else this.#socket.read(0);
  }

  /**
   * Ends the reading and gives bytes back, for whoever reads next. The socket is not stopped, which costs more than what
   * may still come before that: that is kept, and stops it.
   */
  hold(bytes: Buffer): void {
    this.#held = bytes;
    this.#take = this.#keep;
    this.#events = NOBODY;
  }

  /** Takes this many of the bytes that are held away. */
  drop(count: number): void {
    this.#held = this.#held.subarray(count);
  }

  /** Gives the connection away, with what is held to be read first. This wire is not used any more. */
  release(): Socket {
    this.#events = NOBODY;
    this.#take = this.#keep;
    // What comes before somebody listens would be lost.
    if (this.#isStream) this.#socket.pause();
    this.#socket.removeAllListeners('data');
    if (this.#held.length > 0) this.#socket.unshift(this.#held);
    this.#held = NOTHING;
    return this.#socket;
  }

  /** True when the kernel has taken everything, and the memory is free again. If not, `flushed` tells when. */
  write(bytes: Uint8Array | string, flushed?: () => void): boolean {
    this.#socket.write(bytes);
    if (this.isFlushed) return true;
    // Behind it in the queue; for the write itself, Node would call back later also where nothing waits.
    this.#socket.write(NOTHING, flushed);
    return false;
  }

  get isFlushed(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Says a last thing, or nothing, and ends this way; what comes the other way still comes. */
  end(done: () => void, last?: Uint8Array | string): void {
    this.#socket.once('finish', done);
    if (last === undefined) this.#socket.end();
    else this.#socket.end(last);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** One listener. */
  whenClosed(listener: () => void): void {
    this.#whenClosed = listener;
  }

  /** From here on the kernel finds out about a peer that is gone; an idle tunnel lives as long as both ends do. */
  keepAlive(): void {
    this.#socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  /** The peer is to see a reset, not an end, because bytes are missing; of a Unix socket, which has none, it sees an end. */
  breakOff(): void {
    if (this.#socket.remoteFamily === undefined) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #onRead = (count: number, memory: Uint8Array): boolean => {
    const goesOn = this.#deliver(this.#memory.subarray(0, count));
    if (goesOn && count === memory.length) this.#memory = exchangeForLarger(this.#memory);
    return goesOn;
  };

  #deliver(bytes: Buffer): boolean {
    this.bytesRead += bytes.length;
    return this.#take(bytes);
  }

  #break(why: string): void {
    this.#broken ??= why;
    this.#events.broke(why);
  }
}
