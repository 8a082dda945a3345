import { Readable } from 'node:stream';
import type { BodyFacts, Finding, Inspector, Passed } from '../dlp/finding.ts';
import { Held, ONE_PIECE } from '../message/held.ts';
import { apart } from '../message/own-memory.ts';
import { Blocked, type HeldBody, giveRoom, NO_ROOM, takeRoom } from './room.ts';
import { cancelInspection, scheduleInspection } from './inspection-schedule.ts';

/** Passes on a large body, which another thread inspects (dlp/thread/thread.ts), piece by piece. */

/** Number of bytes inspected before the first byte leaves; a model's long prompt is shorter. */
export const HELD_BYTES = 256 * 1024;
/**
 * Longest wait, in milliseconds, for a client that states no length: it may expect an answer before it has sent
 * everything.
 */
export const UNKNOWN_LENGTH_WAIT_MS = 100;
/** Reading pauses at this number of bytes that are not inspected yet. */
const MOST_UNINSPECTED_BYTES = 256 * 1024;

export interface LargeOptions {
  readonly inspect: NonNullable<Inspector['largeBody']>;
  readonly about: BodyFacts;
  /** The bytes that have arrived already; they have room (room.ts). */
  readonly begun: readonly Buffer[];
  /** The client has stated the length. */
  readonly hasLength: boolean;
  /** The client may be waiting for an answer already: some of the body leaves now. */
  readonly isLate: boolean;
  readonly wholeUpToBytes: number | undefined;
}

/**
 * Reads the beginning of a body, or all of it, like `holdBody`.
 * @throws Blocked when something in it may not leave; Error when it is too long, finds no room, breaks off or cannot be
 * inspected
 */
export function holdLargeBody(body: Readable, options: LargeOptions): Promise<HeldBody> {
  return new Promise((resolve, reject) => {
    const passage = new LargePassage(body, options, { resolve, reject });
    passage.begin();
  });
}

interface Settle {
  readonly resolve: (held: HeldBody) => void;
  readonly reject: (error: Error) => void;
}

class LargePassage {
  readonly #body: Readable;
  readonly #options: LargeOptions;
  readonly #settle: Settle;
  readonly #findings: Finding[] = [];
  /** Bytes that may leave, until there is a stream. */
  readonly #kept = new Held();
  #inspection: ReturnType<LargeOptions['inspect']> | undefined;
  #receivedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Set once some of the body leaves while the rest arrives. */
  #stream: Readable | undefined;
  #isOver = false;

  constructor(body: Readable, options: LargeOptions, settle: Settle) {
    this.#body = body;
    this.#options = options;
    this.#settle = settle;
  }

  begin(): void {
    const { inspect, about, begun, hasLength, isLate, wholeUpToBytes } = this.#options;
    this.#receivedBytes = begun.reduce((sum, { length }) => sum + length, 0);
    if (this.#body.destroyed) return this.#fail(new Error('the client broke off'));
    if (this.#isTooLong) return this.#fail(this.#tooLong());
    try {
      this.#inspection = inspect(about, {
        onPassed: (passed, isEnd) => this.#take(passed, isEnd),
        onFailed: (error) => this.#fail(error),
      });
    } catch (error) {
      return this.#fail(error as Error);
    }
    for (const chunk of begun) this.#inspection.push(chunk);
    this.#body
      .on('data', this.#onData)
      .once('end', this.#onEnd)
      .once('error', this.#onError)
      .once('close', this.#onClose);
    if (isLate || this.#isEnoughHeld) this.#goOn();
    else if (!hasLength && wholeUpToBytes === undefined)
      this.#timer = setTimeout(() => this.#goOn(), UNKNOWN_LENGTH_WAIT_MS);
    this.#readOn();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#stream === undefined) {
      if (!takeRoom(chunk.length)) return this.#fail(new Error(NO_ROOM));
      this.#receivedBytes += chunk.length;
      if (this.#isTooLong) return this.#fail(this.#tooLong());
    }
    this.#inspection?.push(apart(chunk));
    if (this.#stream !== undefined) scheduleInspection(this.#look);
    else if (this.#isEnoughHeld) this.#goOn();
    this.#readOn();
  };

  readonly #onEnd = (): void => this.#inspection?.end();
  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onClose = (): void => {
    if (!this.#body.readableEnded) this.#fail(new Error('the client broke off'));
  };

  /** Makes the other thread inspect its gathered bytes, even if no more bytes arrive. */
  readonly #look = (): void => this.#inspection?.flush();

  get #isEnoughHeld(): boolean {
    return this.#options.wholeUpToBytes === undefined && this.#receivedBytes > HELD_BYTES;
  }

  get #isTooLong(): boolean {
    return this.#receivedBytes > (this.#options.wholeUpToBytes ?? Infinity);
  }

  #tooLong(): Error {
    return new Error(`the body is longer than ${this.#options.wholeUpToBytes} bytes`);
  }

  /** Continues reading if more bytes are needed, or else pauses. */
  #readOn(): void {
    if (this.#isOver) return;
    const isEnough = (this.#inspection?.uninspectedBytes ?? 0) >= MOST_UNINSPECTED_BYTES;
    const isFull = this.#stream !== undefined && this.#stream.readableLength >= HELD_BYTES;
    if (isEnough || isFull) this.#body.pause();
    else this.#body.resume();
  }

  #take({ release, findings, blocked }: Passed, isEnd: boolean): void {
    this.#findings.push(...findings);
    if (blocked) return this.#fail(new Blocked(this.#findings));
    if (this.#stream === undefined) {
      if (release.length > 0) this.#kept.add(release);
      if (isEnd) this.#resolveWhole();
    } else {
      if (release.length > 0) this.#stream.push(apart(release));
      if (isEnd) {
        this.#close();
        this.#stream.push(null);
      }
    }
    this.#readOn();
  }

  #resolveWhole(): void {
    this.#close();
    this.#settle.resolve({
      body: this.#kept.takeAll(),
      findings: this.#findings,
      roomBytes: this.#receivedBytes,
    });
  }

  /** Starts to let bytes leave; the rest follows. */
  #goOn(): void {
    clearTimeout(this.#timer);
    if (this.#isOver || this.#stream !== undefined) return;
    const stream = new Readable({
      highWaterMark: ONE_PIECE,
      read: () => this.#readOn(),
      destroy: (error, done) => {
        this.#close();
        // Discards further bytes, so that the connection can be reused.
        if (!this.#body.readableEnded) this.#body.resume();
        done(error);
      },
    });
    // The stream has no reader while the gateway dials the host; a later reader sees that it is broken.
    stream.on('error', () => undefined);
    this.#stream = stream;
    for (let piece = this.#kept.take(); piece !== undefined; piece = this.#kept.take()) stream.push(piece);
    this.#inspection?.startLeaving();
    scheduleInspection(this.#look);
    this.#settle.resolve({ body: stream, findings: this.#findings, roomBytes: this.#receivedBytes });
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#close();
    if (this.#stream !== undefined) {
      this.#stream.destroy(error);
      return;
    }
    this.#body.pause();
    giveRoom(this.#receivedBytes);
    this.#settle.reject(error);
  }

  /** Stops listening to the body and its inspection. */
  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    cancelInspection(this.#look);
    this.#inspection?.drop();
    this.#body
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose);
  }
}
