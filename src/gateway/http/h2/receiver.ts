import { ConnectionFault, describeCode, REPEATABLE, StreamBroken, StreamFault, type CODE } from './faults.ts';
import { FLAG, frameOf, TYPE, withoutPadding, type Frame } from './frames/frame.ts';
import { HeaderBlock } from './header-block.ts';
import { isFlooded } from './incoming.ts';
import { MAX_WINDOW, PREFACE, type PeerSettings, PEER_DEFAULTS, readSettings } from './settings.ts';
import { Messages, type Messaging } from './messages.ts';
import { Splitter } from './frames/splitter.ts';
import type { Sender } from './sender.ts';
import type { Stream } from './stream.ts';
import type { ReceiveWindow } from './window.ts';

/** Handles incoming frames of an HTTP/2 connection by RFC 9113, 5 and 6. Other odd behaviour costs frameBudget. */

/**
 * Bounds a peer's useless frames, which cost it nothing, and cost this side an answer or a search (CVE-2019-9511 to
 * 9518, CVE-2023-44487). Useful frames and time restore the budget.
 */

const MOST = 1_000;
const REGAINED_PER_SECOND = 50;
/** The peer may answer a frame of content with two window updates, for its stream and for the connection. */
const FRAME_WORTH = 2;
/** It may do so for each part of a frame that its reader takes: Go's readers often take 4 KiB. */
const PART_BYTES = 1_024;
/** Much may have been sent, on a stream that is over, before any of it is read. */
const MOST_UPDATES = 100_000;

/** The budget of one connection's peer. */
export class FrameBudget {
  #left = MOST;
  /** Window updates that may still arrive for sent content. */
  #updates = 0;
  #sinceMs: number;

  constructor(nowMs = performance.now()) {
    this.#sinceMs = nowMs;
  }

  /** Spends from the budget. Returns false once none is left. */
  spend(cost: number, nowMs?: number): boolean {
    // Reads the clock only where it matters.
    if (this.#left < cost) this.#regainByTime(nowMs ?? performance.now());
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** As `spend`, for a window update. It costs nothing where it may be for sent content, however small it is. */
  spendWindowUpdate(nowMs?: number): boolean {
    if (this.#updates === 0) return this.spend(1, nowMs);
    this.#updates -= 1;
    return true;
  }

  /** Counts a sent frame of content. */
  sent(bytes: number): void {
    this.#regain(FRAME_WORTH);
    const updates = FRAME_WORTH * Math.ceil(bytes / PART_BYTES);
    this.#updates = Math.min(MOST_UPDATES, this.#updates + updates);
  }

  #regainByTime(nowMs: number): void {
    this.#regain(((nowMs - this.#sinceMs) / 1_000) * REGAINED_PER_SECOND);
    this.#sinceMs = nowMs;
  }

  #regain(worth: number): void {
    this.#left = Math.min(MOST, this.#left + worth);
  }
}

/** The parts of the connection that it needs. */
export interface Receiving extends Messaging {
  readonly window: ReceiveWindow;
  write(frame: Uint8Array): void;
  /** Gives window for all streams together. */
  giveRoom(bytes: number): void;
  readonly sender: Sender;
  /** The peer did not process requests after `lastId`, and takes no more. */
  peerLeaves(lastId: number, why: string): void;
}

/** Cost of a stream that its client gives up: it was requested, and no one wants the answer. */
const RESET_COST = 2;

/** The input of one connection: the incomplete frame, and the effect of frames on the streams. */
export class Receiver {
  readonly frameBudget = new FrameBudget();
  readonly messages: Messages;
  peer: PeerSettings = PEER_DEFAULTS;
  readonly #connection: Receiving;
  readonly #splitter = new Splitter((frame) => this.#take(frame));
  readonly #block = new HeaderBlock();
  /** The part of the client's preface that has not arrived. */
  #preface: Buffer;
  #hasSettings = false;

  constructor(connection: Receiving) {
    this.#connection = connection;
    this.messages = new Messages(connection);
    this.#preface = Buffer.from(connection.isServer ? PREFACE : '', 'latin1');
  }

  /** Takes incoming bytes. @throws ConnectionFault */
  push(chunk: Buffer): void {
    this.#splitter.push(this.#preface.length === 0 ? chunk : this.#withoutPreface(chunk));
  }

  /** Whether the peer has started something and not ended it. */
  get isWaiting(): boolean {
    return this.#block.isOpen || !this.#hasSettings;
  }

  #withoutPreface(chunk: Buffer): Buffer {
    const begin = chunk.subarray(0, this.#preface.length);
    if (!begin.equals(this.#preface.subarray(0, begin.length)))
      throw new ConnectionFault('protocolError', 'it does not begin with the HTTP/2 preface');
    this.#preface = this.#preface.subarray(begin.length);
    return chunk.subarray(begin.length);
  }

  #take(frame: Frame): void {
    const { type, flags, id } = frame;
    if (!this.#hasSettings && (type !== TYPE.settings || (flags & FLAG.ack) !== 0))
      throw new ConnectionFault('protocolError', 'its first frame is not SETTINGS');
    if (this.#block.isOpen && type !== TYPE.continuation)
      throw new ConnectionFault('protocolError', 'another frame interrupts a head');
    const place = PLACE[type];
    if (place === undefined) return this.#endure(1);
    if (place !== 'either' && (place === 'stream') !== id > 0)
      throw new ConnectionFault('protocolError', `a frame of type ${type} on stream ${id}`);
    this.#takeKnown(frame);
  }

  #takeKnown(frame: Frame): void {
    switch (frame.type) {
      case TYPE.data:
        return this.#data(frame);
      case TYPE.headers:
      case TYPE.continuation:
        return this.#fields(frame);
      case TYPE.priority:
        if (frame.payload.length !== 5)
          this.#failAt(frame, 'frameSizeError', 'a PRIORITY frame of a wrong size');
        return this.#endure(1);
      case TYPE.reset:
        return this.#reset(frame);
      case TYPE.settings:
        return this.#settings(frame);
      case TYPE.ping:
        return this.#ping(frame);
      case TYPE.goAway:
        sized(frame, frame.payload.length >= 8);
        this.#endure(1);
        return this.#connection.peerLeaves(
          frame.payload.readUInt32BE(0) & 0x7fffffff,
          describeCode(frame.payload.readUInt32BE(4)),
        );
      case TYPE.windowUpdate:
        return this.#windowUpdate(frame);
      default:
        // Our settings forbid pushes, and clients cannot push (RFC 9113, 8.4).
        throw new ConnectionFault('protocolError', 'a PUSH_PROMISE frame');
    }
  }

  #data(frame: Frame): void {
    const { id, flags, payload } = frame;
    if (!this.#connection.window.receive(payload.length))
      throw new ConnectionFault('flowControlError', 'more than the window of the connection');
    const isLast = (flags & FLAG.endStream) !== 0;
    if (payload.length === 0 && !isLast) this.#endure(1);
    const stream = this.#connection.find(id);
    const content = withoutPadding(frame);
    const isHeld = stream !== undefined && isFlooded();
    if (isHeld) stream.withheldBytes += content.length;
    this.#connection.giveRoom(isHeld ? payload.length - content.length : payload.length);
    if (stream === undefined) return this.messages.strayed(id, 'content');
    this.#onStream(stream, () => this.messages.takeContent(stream, { frame, content, isLast }));
  }

  #fields(frame: Frame): void {
    const isMore = frame.type === TYPE.continuation;
    if (isMore || frame.payload.length === 0) this.#endure(1);
    const block = isMore ? this.#block.goOn(frame) : this.#block.begin(frame);
    if (block === undefined) return;
    const stream = this.messages.streamOf(block);
    if (stream !== undefined) this.#onStream(stream, () => this.messages.takeFields(stream, block));
  }

  /** Ends only the stream where the fault is in one stream. */
  #onStream(stream: Stream, take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof StreamFault)) throw error;
      this.#endure(RESET_COST);
      this.#connection.failStream(stream, error);
    }
  }

  #reset(frame: Frame): void {
    sized(frame, frame.payload.length === 4);
    const { id, payload } = frame;
    const stream = this.#connection.find(id);
    if (stream === undefined) return this.messages.strayed(id, 'a reset');
    const code = payload.readUInt32BE(0);
    this.#endure(RESET_COST);
    const by = this.#connection.isServer ? 'client' : 'upstream';
    const why = `the ${by} broke off the stream (${describeCode(code)})`;
    stream.close(new StreamBroken(why, REPEATABLE[code]));
  }

  #settings(frame: Frame): void {
    const { flags, payload } = frame;
    this.#hasSettings = true;
    this.#endure(1);
    if ((flags & FLAG.ack) !== 0) return sized(frame, payload.length === 0);
    const before = this.peer.initialWindowSize;
    this.peer = readSettings(frame, this.peer);
    this.#connection.write(frameOf({ type: TYPE.settings, flags: FLAG.ack, id: 0 }));
    const change = this.peer.initialWindowSize - before;
    if (change === 0) return;
    for (const { outgoing } of this.#connection.streams) {
      outgoing.windowBytes += change;
      if (outgoing.windowBytes > MAX_WINDOW)
        throw new ConnectionFault('flowControlError', 'a window that is too large');
    }
    if (change > 0) this.#connection.sender.pumpAll();
  }

  #ping(frame: Frame): void {
    const { flags, payload } = frame;
    sized(frame, payload.length === 8);
    this.#endure(1);
    if ((flags & FLAG.ack) === 0)
      this.#connection.write(frameOf({ type: TYPE.ping, flags: FLAG.ack, id: 0 }, payload));
  }

  #windowUpdate(frame: Frame): void {
    sized(frame, frame.payload.length === 4);
    const { id, payload } = frame;
    checkBudget(this.frameBudget.spendWindowUpdate());
    const increment = payload.readUInt32BE(0) & 0x7fffffff;
    if (id === 0) {
      if (increment === 0) throw new ConnectionFault('protocolError', 'a WINDOW_UPDATE of 0');
      this.#connection.sender.windowBytes += increment;
      if (this.#connection.sender.windowBytes > MAX_WINDOW)
        throw new ConnectionFault('flowControlError', 'a window that is too large');
      return this.#connection.sender.pumpAll();
    }
    const stream = this.#connection.find(id);
    if (stream === undefined) return this.messages.strayed(id, 'room');
    if (increment === 0) return this.#failAt(frame, 'protocolError', 'a WINDOW_UPDATE of 0');
    stream.outgoing.windowBytes += increment;
    if (stream.outgoing.windowBytes > MAX_WINDOW)
      return this.#failAt(frame, 'flowControlError', 'a window that is too large');
    this.#connection.sender.pump(stream);
  }

  #failAt({ id }: Frame, code: keyof typeof CODE, reason: string): void {
    const stream = this.#connection.find(id);
    if (stream === undefined) return;
    this.#endure(RESET_COST);
    this.#connection.failStream(stream, new StreamFault(code, reason));
  }

  #endure(cost: number): void {
    checkBudget(this.frameBudget.spend(cost));
  }
}

/** Whether frames of a type belong to a stream or the connection. Unknown types are ignored (RFC 9113, 5.5). */
const PLACE: Readonly<Record<number, 'stream' | 'connection' | 'either'>> = {
  [TYPE.data]: 'stream',
  [TYPE.headers]: 'stream',
  [TYPE.priority]: 'stream',
  [TYPE.reset]: 'stream',
  [TYPE.settings]: 'connection',
  [TYPE.pushPromise]: 'stream',
  [TYPE.ping]: 'connection',
  [TYPE.goAway]: 'connection',
  [TYPE.windowUpdate]: 'either',
  [TYPE.continuation]: 'stream',
};

function checkBudget(isWithinBudget: boolean): void {
  if (!isWithinBudget) throw new ConnectionFault('enhanceYourCalm', 'too many frames without effect');
}

function sized({ type }: Frame, isRight: boolean): void {
  if (!isRight) throw new ConnectionFault('frameSizeError', `a frame of type ${type} has a wrong size`);
}
