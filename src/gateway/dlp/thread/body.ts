import type { BodyFacts, Passed } from '../finding.ts';
import { Held } from '../../message/held.ts';
import type { Answer, Order } from './messages.ts';
import type { Judged } from './replay.ts';

/** A body that the inspection thread inspects, as the main thread has it: its bytes wait here until they may leave. */

/** Who is told what comes of it, in order. After `onFailed`, and after what is blocked, nothing comes. */
export interface BodyListener {
  /** `isEnd`: nothing comes behind it. */
  onPassed(passed: Passed, isEnd: boolean): void;
  /** Nobody can say what is in it: nothing more of it may leave. */
  onFailed(error: Error): void;
}

/** A body that is inspected while other things go on. */
export interface RemoteBody {
  /** So many bytes were pushed and are not inspected yet: whoever pushes waits where these are many. */
  readonly uninspectedBytes: number;
  /** The bytes are nobody else's from now on. */
  push(bytes: Uint8Array): void;
  /** As in `BodyInspection`. */
  flush(): void;
  startLeaving(): void;
  end(): void;
  /** Nobody waits for it any more: the listener is told nothing from now on. */
  drop(): void;
}

const NOTHING = new Uint8Array(0);
const STAR = 0x2a;
/** So much is sent at a time, where it is here. */
const SENT_BYTES = 64 * 1024;

export interface BodyParts {
  readonly number: number;
  readonly about: BodyFacts;
  readonly listener: BodyListener;
  readonly judge: (answer: Answer) => Judged;
  readonly send: (order: Order) => void;
  /** It is over: no answer is awaited any more. */
  readonly forget: () => void;
}

export class PassingBody implements RemoteBody {
  readonly #parts: BodyParts;
  /** What has not left. */
  readonly #waiting = new Held();
  /** Of `#waiting`, what was not sent. */
  readonly #unsent = new Held();
  /** Of what was sent, how much each order that has no answer yet brought. */
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

  /** Whether an answer is awaited. */
  get isAwaited(): boolean {
    return this.#sent.length > 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#waiting.add(bytes);
    this.#unsent.add(bytes);
    // Together they cost less: each inspection repeats some of what came before.
    if (!this.isAwaited || this.#unsent.bytes >= SENT_BYTES) this.#sendPushed();
  }

  /** Once nothing else is awaited: what was gathered by then is inspected at once. */
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

  /** @throws Error for an answer that cannot be one */
  take(answer: Answer): void {
    if (this.#isOver) return;
    const sent = this.#sent.shift();
    if (sent === undefined || answer.releasedBytes > this.#waiting.bytes - this.#unsent.bytes)
      throw new Error('the inspection thread answered what nobody asked');
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
    // A copy: what is sent as a part of larger memory would be sent with all of that.
    const bytes = new Uint8Array(this.#unsent.takeAll());
    this.#sent.push(bytes.length);
    this.#sentBytes += bytes.length;
    this.#parts.send({ kind: 'push', body: this.#parts.number, bytes });
  }

  /** What the thread released, with what is to be cut out overwritten as it did. */
  #released({ releasedBytes, findings }: Answer): Uint8Array {
    const cuts = findings.flatMap(({ span, redacted }) =>
      span !== undefined && redacted === true ? [span] : [],
    );
    if (releasedBytes === 0 && cuts.length === 0) return NOTHING;
    const taken = this.#waiting.takeAll();
    // What came may be somebody else's memory.
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
