import type { BodyFacts, BodyListener, RemoteBody } from '../finding.ts';
import { Held } from '../../message/held.ts';
import type { Answer, Order } from './messages.ts';
import type { Judged } from './replay.ts';

/** The main thread's side of a body that the inspection thread inspects. Its bytes wait here until they may leave. */

const NOTHING = new Uint8Array(0);
const STAR = 0x2a;
/** From this many unsent bytes on, they are sent even while an answer is expected. */
const SENT_BYTES = 64 * 1024;

export interface BodyParts {
  readonly number: number;
  readonly about: BodyFacts;
  readonly listener: BodyListener;
  readonly judge: (answer: Answer) => Judged;
  readonly send: (order: Order) => void;
  /** Called at the end: no answer is expected any more. */
  readonly forget: () => void;
}

export class PassingBody implements RemoteBody {
  readonly #parts: BodyParts;
  /** Bytes that have not left. */
  readonly #waiting = new Held();
  /** The part of `#waiting` that was not sent. */
  readonly #unsent = new Held();
  /** Bytes in each order that was sent and has no answer yet. */
  readonly #sent: number[] = [];
  #sentBytes = 0;
  #leftBytes = 0;
  #isFlushWanted = false;
  #isEnding = false;
  #isOver = false;

  constructor(parts: BodyParts) {
    this.#parts = parts;
    parts.send({ kind: 'begin', body: parts.number, about: parts.about });
  }

  get uninspectedBytes(): number {
    return this.#unsent.bytes + this.#sentBytes;
  }

  /** Whether an answer is expected. */
  get isAwaited(): boolean {
    return this.#sent.length > 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#waiting.add(bytes);
    this.#unsent.add(bytes);
    // One message with several pieces costs less: each inspection repeats some of the bytes before.
    if (!this.isAwaited || this.#unsent.bytes >= SENT_BYTES) this.#sendPushed();
  }

  /** Waits until no answer is expected, and then inspects the gathered bytes at once. */
  flush(): void {
    this.#isFlushWanted = this.isAwaited;
    if (!this.isAwaited) this.#order('flush');
  }

  startLeaving(): void {
    this.#order('startLeaving');
  }

  end(): void {
    this.#order('end');
    this.#isEnding = true;
  }

  drop(): void {
    if (this.#isOver) return;
    this.#parts.send({ kind: 'drop', body: this.#parts.number });
    this.#stop();
  }

  /** @throws Error if the thread gives an impossible answer */
  take(answer: Answer): void {
    if (this.#isOver) return;
    const sent = this.#sent.shift();
    if (sent === undefined || answer.releasedBytes > this.#waiting.bytes - this.#unsent.bytes)
      throw new Error('the inspection thread sent an unexpected answer');
    this.#sentBytes -= sent;
    const isEnd = this.#isEnding && this.#sent.length === 0;
    const { findings, blocked } = this.#parts.judge(answer);
    if (blocked) {
      this.drop();
      this.#parts.listener.onPassed({ release: NOTHING, findings, blocked }, true);
      return;
    }
    const release = this.#released(answer);
    if (isEnd) this.#stop();
    else if (!this.isAwaited && this.#unsent.bytes > 0) this.#sendPushed();
    else if (this.#isFlushWanted) this.flush();
    this.#parts.listener.onPassed({ release, findings, blocked }, isEnd);
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#stop();
    this.#parts.listener.onFailed(error);
  }

  #order(kind: 'flush' | 'end' | 'startLeaving'): void {
    if (this.#isOver) return;
    if (this.#unsent.bytes > 0) this.#sendPushed();
    this.#sent.push(0);
    this.#parts.send({ kind, body: this.#parts.number });
  }

  #sendPushed(): void {
    // A copy: a part of a larger buffer would be sent with the whole buffer.
    const bytes = new Uint8Array(this.#unsent.takeAll());
    this.#sent.push(bytes.length);
    this.#sentBytes += bytes.length;
    this.#parts.send({ kind: 'push', body: this.#parts.number, bytes });
  }

  /** Returns the bytes that the thread released, with the same redactions. */
  #released({ releasedBytes, findings }: Answer): Uint8Array {
    const cuts = findings.flatMap(({ span, redacted }) =>
      span !== undefined && redacted === true ? [span] : [],
    );
    if (releasedBytes === 0 && cuts.length === 0) return NOTHING;
    const taken = this.#waiting.takeAll();
    // The bytes may belong to somebody else.
    const all = cuts.length === 0 ? taken : Buffer.from(taken);
    for (const [start, end] of cuts) {
      if (end > this.#leftBytes) all.fill(STAR, Math.max(0, start - this.#leftBytes), end - this.#leftBytes);
    }
    if (releasedBytes < all.length) this.#waiting.add(all.subarray(releasedBytes));
    this.#leftBytes += releasedBytes;
    return all.subarray(0, releasedBytes);
  }

  #stop(): void {
    this.#isOver = true;
    this.#waiting.drop();
    this.#unsent.drop();
    this.#sentBytes = 0;
    this.#sent.length = 0;
    this.#parts.forget();
  }
}
