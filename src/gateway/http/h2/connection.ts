import type { Duplex } from 'node:stream';
import { Roster } from '../../tunnel/roster.ts';
import { closedBy, CODE, ConnectionFault, lostBy, StreamBroken, type StreamFault } from './faults.ts';
import { frameOf, frameOfNumbers, TYPE } from './frames/frame.ts';
import {
  CLIENT_SETTINGS,
  CONNECTION_WINDOW,
  INITIAL_WINDOW_BYTES,
  PREFACE,
  SERVER_SETTINGS,
  STREAM_WINDOW,
  PEER_DEFAULTS,
  writeSettings,
} from './settings.ts';
import { endSoon } from '../../tunnel/last-bytes.ts';
import { Receiver, type Receiving } from './receiver.ts';
import { Sender } from './sender.ts';
import { Stream, type Link, findById } from './stream.ts';
import { ReceiveWindow } from './window.ts';
import { Writer } from './frames/writer.ts';

/** One side of an HTTP/2 connection (RFC 9113): its streams, its output, and its end. receiver.ts handles its input. */

export interface Owner {
  /** Called once a request's head is here, with all of its content or the beginning. Only for a server. */
  readonly asked?: (stream: Stream) => void;
  /** Called with the peer's violation for which a stream or the connection ended. */
  readonly faulted: (reason: string) => void;
  /** Called when a stream is over. */
  readonly freed?: () => void;
  /** Called when the connection takes no more requests. */
  readonly left: () => void;
}

export interface ConnectionOptions {
  readonly isServer: boolean;
  /** Milliseconds after which an idle connection ends. */
  readonly idleMs: number;
  /** The host’s limit of concurrent requests, if another connection to it has stated one. */
  readonly mostStreams?: number | undefined;
}

/** Interval of the check for stalled streams and idle connections, in milliseconds. */
const ROUND_MS = 30_000;
/** Rounds in which a peer may give no window for what it has requested. */
const MAX_STALLED_ROUNDS = 10;
/** Milliseconds for a peer to close after the last frame. */
const LINGER_MS = 1_000;
const LAST_ID = 2 ** 31 - 1;
const NOT_WHOLE = 'the client closed the connection before its request was complete';

/** Handles all errors of its socket: it never throws because of a peer, but reports to its owner. */
export class Connection implements Link, Receiving {
  readonly isServer: boolean;
  readonly window = new ReceiveWindow(CONNECTION_WINDOW);
  readonly #open = new Roster<Stream>();
  /** Unordered. */
  readonly streams = this.#open.all;
  isLeaving = false;
  readonly sender: Sender;
  readonly #owner: Owner;
  readonly #socket: Duplex;
  readonly #writer: Writer;
  readonly #receiver: Receiver;
  readonly #timer: NodeJS.Timeout;
  readonly #idleRounds: number;
  #rounds = 0;
  #nextId = 1;
  #isOver = false;
  /** Whether the peer had an incomplete message at the last check. */
  #wasWaiting = false;
  /** Streams with a head and incomplete content. */
  #begun: Stream[] = [];

  constructor(socket: Duplex, { isServer, idleMs, mostStreams }: ConnectionOptions, owner: Owner) {
    this.#socket = socket;
    this.isServer = isServer;
    this.#owner = owner;
    this.#idleRounds = Math.ceil(idleMs / ROUND_MS);
    this.#writer = new Writer(socket, this.#deliverBegun);
    this.#receiver = new Receiver(this);
    if (mostStreams !== undefined)
      this.#receiver.peer = { ...PEER_DEFAULTS, maxConcurrentStreams: mostStreams };
    const sent = (bytes: number): void => this.#receiver.frameBudget.sent(bytes);
    this.sender = new Sender({ writer: this.#writer, streams: this.streams, sent });
    this.#greet();
    socket.on('data', this.#receive);
    socket.on('drain', this.sender.pumpAll);
    socket.on('error', (error) => this.destroy(isServer ? undefined : lostBy(error)));
    // A client that has sent everything still gets its answers. A host that has ended sends none.
    socket.once('end', () => (isServer ? this.#hasHeardAll() : this.destroy()));
    socket.once('close', () => this.#end());
    this.#timer = setInterval(this.#look, ROUND_MS).unref();
  }

  get windows(): Link['windows'] {
    return { receive: STREAM_WINDOW, sendBytes: this.#receiver.peer.initialWindowSize };
  }

  /** Returns whether a request can be sent on it now. */
  get hasRoom(): boolean {
    return !this.isLeaving && this.#nextId < LAST_ID && this.streams.length < this.mostStreams;
  }

  /** How many concurrent requests the peer takes. */
  get mostStreams(): number {
    return this.#receiver.peer.maxConcurrentStreams;
  }

  /** Opens a stream of the client; see `hasRoom`. */
  open(): Stream {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#receiver.messages.lastId = id;
    return this.enter(id);
  }

  enter(id: number): Stream {
    const stream = new Stream(this, id);
    this.#open.enter(stream);
    return stream;
  }

  find(id: number): Stream | undefined {
    return findById(this.streams, id);
  }

  /** Delivers the stream: at once if it is complete, else at the end of this turn, with what has arrived by then. */
  deliver(stream: Stream): void {
    if (stream.isDelivered) return;
    if (stream.incoming.isEnded) return this.#deliverNow(stream);
    this.#begun.push(stream);
    this.#writer.schedule();
  }

  /** Takes no more requests, and closes after the active ones. */
  leaveWhenDone(): void {
    if (this.#isOver) return;
    if (!this.isLeaving) {
      this.isLeaving = true;
      this.#sendGoAway(CODE.noError);
      this.#owner.left();
    }
    if (this.streams.length === 0) this.#close();
  }

  /** Ends the connection and all its streams now. */
  destroy(why?: StreamBroken): void {
    this.#end(why);
    this.#socket.destroy();
  }

  /** Ends the connection because of the peer's fault. */
  fail(fault: ConnectionFault): void {
    if (this.#isOver) return;
    this.#owner.faulted(fault.message);
    this.#sendGoAway(fault.code);
    this.#end(new StreamBroken(this.#blame(fault)));
    this.#close();
  }

  /** Ends a stream because of the peer's fault. */
  failStream(stream: Stream, fault: StreamFault): void {
    this.#owner.faulted(fault.message);
    this.sendReset(stream, fault.code);
    stream.close(new StreamBroken(this.#blame(fault)));
  }

  peerLeaves(lastId: number, why: string): void {
    const refused = this.isServer ? [] : this.streams.filter(({ id }) => id > lastId);
    this.leaveWhenDone();
    for (const stream of refused)
      stream.close(
        new StreamBroken(`the upstream accepts no more requests on this connection: ${why}`, 'unprocessed'),
      );
  }

  write(frame: Uint8Array): void {
    this.#writer.add(frame);
  }

  sendReset({ id }: Pick<Stream, 'id'>, code: number): void {
    this.#receiver.messages.ignore(id);
    this.write(frameOfNumbers({ type: TYPE.reset, flags: 0, id }, code));
  }

  sendWindowUpdate(id: number, bytes: number): void {
    this.write(frameOfNumbers({ type: TYPE.windowUpdate, flags: 0, id }, bytes));
  }

  consumed(stream: Stream, bytes: number): void {
    const withheld = Math.min(bytes, stream.withheldBytes);
    stream.withheldBytes -= withheld;
    this.giveRoom(withheld);
    if (stream.isClosed || stream.incoming.isEnded) return;
    const increment = stream.window.consume(bytes, stream.incoming.heldBytes);
    if (increment > 0) this.sendWindowUpdate(stream.id, increment);
  }

  /** Gives window for all streams together. */
  giveRoom(bytes: number): void {
    const increment = this.window.consume(bytes, 0);
    if (increment > 0) this.sendWindowUpdate(0, increment);
  }

  leave(stream: Stream): void {
    this.#open.leave(stream);
    this.giveRoom(stream.withheldBytes);
    stream.withheldBytes = 0;
    this.#rounds = 0;
    this.#owner.freed?.();
    if (this.isLeaving && this.streams.length === 0) this.#close();
  }

  /** Ends streams whose requests are incomplete after the client's end. */
  #hasHeardAll(): void {
    for (const stream of this.streams.slice())
      if (!stream.incoming.isEnded) stream.reset('cancel', new StreamBroken(NOT_WHOLE));
    this.leaveWhenDone();
  }

  /** Sends the last stream of the peer that may have had an effect. */
  #sendGoAway(code: number): void {
    const lastId = this.isServer ? this.#receiver.messages.lastId : 0;
    this.write(frameOfNumbers({ type: TYPE.goAway, flags: 0, id: 0 }, lastId, code));
  }

  #greet(): void {
    if (!this.isServer) this.write(Buffer.from(PREFACE, 'latin1'));
    const settings = this.isServer ? SERVER_SETTINGS : CLIENT_SETTINGS;
    this.write(frameOf({ type: TYPE.settings, flags: 0, id: 0 }, writeSettings(settings)));
    this.sendWindowUpdate(0, CONNECTION_WINDOW.initialBytes - INITIAL_WINDOW_BYTES);
  }

  readonly #receive = (chunk: Buffer): void => {
    if (this.#isOver) return;
    try {
      this.#receiver.push(chunk);
      if (this.#writer.isFlooded)
        throw new ConnectionFault('enhanceYourCalm', 'it does not read its answers');
    } catch (error) {
      if (!(error instanceof ConnectionFault)) throw error;
      this.fail(error);
    }
  };

  readonly #deliverBegun = (): void => {
    const begun = this.#begun;
    if (begun.length === 0) return;
    this.#begun = [];
    for (const stream of begun) this.#deliverNow(stream);
  };

  #deliverNow(stream: Stream): void {
    if (stream.isDelivered || stream.isClosed) return;
    stream.isDelivered = true;
    if (stream.answer !== undefined) stream.listener?.headed(stream.answer);
    else this.#owner.asked?.(stream);
  }

  /** Checks periodically for an idle connection and stalled streams. */
  readonly #look = (): void => {
    this.#rounds += 1;
    const { isWaiting } = this.#receiver;
    if (isWaiting && this.#wasWaiting)
      return this.fail(new ConnectionFault('protocolError', 'it does not finish what it began'));
    this.#wasWaiting = isWaiting;
    if (this.streams.length === 0 && this.#rounds >= this.#idleRounds) return this.leaveWhenDone();
    for (const stream of this.streams.slice()) {
      if (!stream.outgoing.hasBytes) continue;
      stream.stalledRounds += 1;
      if (stream.stalledRounds > MAX_STALLED_ROUNDS)
        stream.reset('cancel', new StreamBroken('the peer gives it no window'));
    }
  };

  #blame({ message }: Error): string {
    return this.isServer ? message : `the upstream’s answer is malformed HTTP (${message})`;
  }

  /** Ends all streams, whatever happens to the connection. */
  #end(why?: StreamBroken): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    if (!this.isLeaving) {
      this.isLeaving = true;
      this.#owner.left();
    }
    const error = why ?? closedBy(this.isServer ? 'client' : 'upstream');
    for (const stream of this.streams.slice()) stream.close(error);
  }

  /** Closes after the last frame. */
  #close(): void {
    this.#writer.flush();
    this.#end();
    endSoon(this.#socket, { lingerMs: LINGER_MS, mostMs: ROUND_MS });
  }
}
