import { connect, Socket, type OnReadOpts } from 'node:net';

/**
 * A connection that reads into memory of the gateway, without an object per chunk, through Node's `onread`. Where that
 * is not available for an accepted connection, it reads through the events of its stream, which is slower.
 */

/**
 * Memory that tunnels read into. Each tunnel starts with a small buffer. A busy one gets larger buffers from a shared
 * budget, so that neither the number of tunnels nor their traffic makes the gateway grow without bound.
 */

const SMALL_BYTES = 16_384;
const LARGEST_BYTES = 524_288;
/** Bytes for all buffers beyond the small one of each tunnel. */
const BUDGET_BYTES = 16 * 1024 ** 2;
/** Bytes of free buffers to keep per size: enough for a burst of short tunnels. */
const MAX_FREE_BYTES = 4 * 1024 ** 2;

const free = new Map<number, Buffer[]>();
let lent = 0;

/** Returns a buffer of the smallest size. */
function leaseSmall(): Buffer {
  return free.get(SMALL_BYTES)?.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
}

/** Exchanges a buffer for a larger one. Returns the same one where there is no larger size or no budget. */
function exchangeForLarger(buffer: Buffer): Buffer {
  const size = Math.min(buffer.length * 4, LARGEST_BYTES);
  if (size === buffer.length || lent + size > BUDGET_BYTES) return buffer;
  giveBack(buffer);
  lent += size;
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** Returns a buffer. No code may read or write it afterwards. */
function giveBack(buffer: Buffer): void {
  if (buffer.length > SMALL_BYTES) lent -= buffer.length;
  const same = free.get(buffer.length) ?? [];
  if (same.length * buffer.length < MAX_FREE_BYTES) same.push(buffer);
  free.set(buffer.length, same);
}

/** Takes lent bytes. Returns false when it wants no more for now. */
export type Take = (bytes: Buffer) => boolean;

export interface WireEvents {
  readonly ended: () => void;
  readonly broke: (why: string) => void;
}

/** Idle time in milliseconds until the kernel checks whether the peer is still there. */
const KEEP_ALIVE_MS = 60_000;
const NOTHING: Buffer = Buffer.alloc(0);
const NO_EVENTS: WireEvents = { ended: () => undefined, broke: () => undefined };

/** One connection and its unread bytes. It never throws because of a peer, but calls `broke` and `ended`. */
export class Wire {
  bytesRead = 0;
  readonly #socket: Socket;
  /** Bytes read and not yet taken. */
  #held = NOTHING;
  #memory = leaseSmall();
  /** Takes bytes while there is no reader. */
  readonly #keep: Take = (bytes) => {
    this.#held = Buffer.concat([this.#held, bytes]);
    return false;
  };
  #take = this.#keep;
  #events = NO_EVENTS;
  /** Reads through the events of a stream. */
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

  /** Returns a wire of a connection that Node has accepted, which reads through events. */
  static of(socket: Socket): Wire {
    const wire = new Wire(() => socket.pause());
    socket.on('data', (bytes: Buffer) => wire.#deliver(bytes) || socket.pause());
    wire.#isStream = true;
    return wire;
  }

  /** Returns a wire of an accepted connection without a Socket. */
  static ofHandle(connection: ConnectionHandle): Wire {
    if (!canReadByMemory(connection)) return Wire.of(socketOf(connection));
    return new Wire((onread) => socketOf(connection, onread));
  }

  /** Connects to this address. @throws Error with the reason */
  static to(address: string, port: number, timeoutMs: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const wire = new Wire((onread) => {
        return connect({ host: address, port, allowHalfOpen: true, noDelay: true, onread, ...SET_BY_SOCKET });
      });
      const timer = setTimeout(() => wire.#socket.destroy(new Error('ETIMEDOUT')), timeoutMs);
      const settle = (why?: string): void => {
        clearTimeout(timer);
        wire.#events = NO_EVENTS;
        if (why === undefined) resolve(wire);
        else reject(new Error(`connect ${why} ${address}:${port}`));
      };
      wire.#events = { ended: () => undefined, broke: settle };
      wire.#socket.once('connect', () => settle());
    });
  }

  /** Passes all bytes to `take`, held ones first, until it returns false. A wire has one reader at a time. */
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

  /** Continues reading after `take` returned false. */
  goOn(): void {
    // A socket that reads into memory passes nothing through its stream, so this only restarts its reading.
    if (this.#isStream) this.#socket.resume();
    else this.#socket.read(0);
  }

  /**
   * Ends the reading and returns bytes for the next reader. It does not stop the socket, which would cost more than the
   * bytes that may still arrive. Those are held, and stop the socket.
   */
  hold(bytes: Buffer): void {
    this.#held = bytes;
    this.#take = this.#keep;
    this.#events = NO_EVENTS;
  }

  /** Removes this many of the held bytes. */
  drop(count: number): void {
    this.#held = this.#held.subarray(count);
  }

  /** Gives the connection away, with the held bytes first. This wire must not be used any more. */
  release(): Socket {
    this.#events = NO_EVENTS;
    this.#take = this.#keep;
    // Bytes that arrive before a listener is there would be lost.
    if (this.#isStream) this.#socket.pause();
    this.#socket.removeAllListeners('data');
    if (this.#held.length > 0) this.#socket.unshift(this.#held);
    this.#held = NOTHING;
    return this.#socket;
  }

  /**
   * Returns true when the kernel has taken everything and the memory is free again. Otherwise, calls `flushed` later.
   */
  write(bytes: Uint8Array | string, flushed?: () => void): boolean {
    this.#socket.write(bytes);
    if (this.isFlushed) return true;
    // Queues behind the write. A callback of the write itself would come later even where nothing waits.
    this.#socket.write(NOTHING, flushed);
    return false;
  }

  get isFlushed(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Writes last bytes, if any, and ends this direction. The other direction stays open. */
  end(done: () => void, last?: Uint8Array | string): void {
    this.#socket.once('finish', done);
    if (last === undefined) this.#socket.end();
    else this.#socket.end(last);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Sets the one listener for the close. */
  whenClosed(listener: () => void): void {
    this.#whenClosed = listener;
  }

  /** From here on, the kernel detects a peer that is gone. An idle tunnel lives as long as both ends do. */
  keepAlive(): void {
    this.#socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  /**
   * Makes the peer see a reset, not an end, because bytes are missing. A Unix socket has no reset, so its peer sees an
   * end.
   */
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

/**
 * Handle of an accepted connection, which `net.Socket` takes as its `handle`. An undocumented part of Node, which makes
 * tunnels faster: this code checks it before it uses it, and works without it.
 */
export interface ConnectionHandle {
  useUserBuffer(buffer: Uint8Array): void;
  close(): void;
}

/** Returns whether a Socket of this connection can read by `onread`. */
function canReadByMemory(connection: ConnectionHandle): boolean {
  return typeof connection.useUserBuffer === 'function';
}

/**
 * Options that Node's Socket sets in a copy of its options in any case. If they are present, the copy keeps its shape.
 * Otherwise, Node 20 makes five shapes per Socket, which live until the old generation's collection.
 */
const SET_BY_SOCKET = { emitClose: false, autoDestroy: true, decodeStrings: false } as const;

/** Makes a Socket of a connection that `takeConnections` has passed on. */
export function socketOf(connection: ConnectionHandle, onread?: OnReadOpts): Socket {
  const options = { handle: connection, onread, allowHalfOpen: true, ...SET_BY_SOCKET };
  return new Socket(options);
}
