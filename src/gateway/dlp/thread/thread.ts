import { Worker } from 'node:worker_threads';
import { fingerprintKey } from '../fingerprint.ts';
import type { BodyFacts, KnownSecret } from '../finding.ts';
import type { Form } from '../known/forms.ts';
import type { RuleSet } from '../rules/rule.ts';
import type { Detectors } from '../scan.ts';
import { PassingBody, type BodyListener, type RemoteBody } from './body.ts';
import type { Answer, Order, ThreadData } from './messages.ts';
import { createJudge } from './replay.ts';

/**
 * The inspection thread, as the main thread has it. It is started with the first large body. Where it ends, or gives no answer for
 * long, nobody can say what is in the bodies that it inspected: all of them are refused, and the next one starts it anew.
 */

/** No piece of a body takes as long: the work on each is bounded (`views/tries.ts`). */
const LONGEST_SILENCE_MS = 60_000;
/** So much waits to be inspected at most, also of bodies that were given up meanwhile. */
const MOST_QUEUED_BYTES = 32 * 1024 * 1024;
/** Of its heap. Its buffers count in `memoryBytes`. */
const MAX_HEAP_MB = 128;
/** Objects of one window mostly do not outlive it. */
const YOUNG_HEAP_MB = 8;

/** The other end: a `Worker`, and in tests a channel to the same thread. */
export interface Other {
  postMessage(order: Order): void;
  on(event: 'message', listener: (answer: Answer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): unknown;
}

/** Whom a body is inspected for. */
export interface Inspecting {
  readonly secrets: readonly KnownSecret[];
  readonly forms: () => readonly Form[];
  readonly detectors: Detectors;
}

export interface InspectionThread {
  /** @throws Error where too much waits already */
  begin(inspecting: Inspecting, about: BodyFacts, listener: BodyListener): RemoteBody;
  /** What it used when it last said so. */
  readonly memoryBytes: number;
}

/** Starts `programPath`, the gateway's own, as a thread that inspects. */
export function startInspectionThread(programPath: string, secretRules: RuleSet | undefined): Other {
  const workerData: ThreadData = { secretRules, fingerprintKey: fingerprintKey() };
  const worker = new Worker(programPath, {
    workerData,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
  });
  worker.unref();
  return worker;
}

const ANSWERED: ReadonlySet<Order['kind']> = new Set(['push', 'flush', 'startLeaving', 'end']);

/** Bodies are numbered as they begin; `start` is called where there is no thread. */
export function createInspectionThread(start: () => Other, silenceMs = LONGEST_SILENCE_MS): InspectionThread {
  let started: Started | undefined;
  let next = 0;
  return {
    get memoryBytes() {
      return started?.memoryBytes ?? 0;
    },
    begin: (inspecting, about, listener) => {
      if (started === undefined || started.isOver) started = new Started(start(), silenceMs);
      return started.begin(next++, { inspecting, about, listener });
    },
  };
}

interface Begun {
  readonly inspecting: Inspecting;
  readonly about: BodyFacts;
  readonly listener: BodyListener;
}

/** One thread, from its start to its end. */
class Started {
  readonly #other: Other;
  readonly #silenceMs: number;
  readonly #bodies = new Map<number, PassingBody>();
  /** What it was last told of. */
  #known: Inspecting['secrets'] | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** What each order brought that has no answer yet, in their order. */
  readonly #queued: number[] = [];
  #queuedBytes = 0;
  memoryBytes = 0;
  isOver = false;

  constructor(other: Other, silenceMs: number) {
    this.#other = other;
    this.#silenceMs = silenceMs;
    other.on('message', (answer) => this.#take(answer));
    other.on('error', ({ message }) => this.#end(message));
    other.on('exit', () => this.#end('the inspection ended'));
  }

  /** @throws Error where too much waits already */
  begin(number: number, { inspecting: { secrets, forms, detectors }, about, listener }: Begun): PassingBody {
    if (this.#queuedBytes > MOST_QUEUED_BYTES) throw new Error('the bottle sends too many bodies at once');
    if (this.#known !== secrets) this.#send({ kind: 'know', secrets });
    this.#known = secrets;
    const body = new PassingBody({
      number,
      about,
      listener,
      judge: createJudge(detectors, forms, about),
      send: (order) => this.#send(order),
      forget: () => this.#bodies.delete(number),
    });
    this.#bodies.set(number, body);
    return body;
  }

  #send(order: Order): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#other.postMessage(order);
    if (!ANSWERED.has(order.kind)) return;
    const bytes = order.kind === 'push' ? order.bytes.length : 0;
    this.#queued.push(bytes);
    this.#queuedBytes += bytes;
    if (this.#watch === undefined) this.#watchOver();
  }

  #take(answer: Answer): void {
    this.memoryBytes = answer.memoryBytes;
    this.#queuedBytes -= this.#queued.shift() ?? 0;
    try {
      this.#bodies.get(answer.body)?.take(answer);
      this.#watchOver();
    } catch (error) {
      this.#end(error instanceof Error ? error.message : 'its answer cannot be used');
    }
  }

  /** Waits for the next answer, if one is to come. */
  #watchOver(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
    if (this.isOver || this.#queued.length === 0) return;
    this.#watch = setTimeout(() => this.#end('the inspection gave no answer'), this.#silenceMs).unref();
  }

  /** Whatever it inspected is refused: nobody can say what is in there. */
  #end(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#watch);
    this.#other.terminate();
    for (const body of this.#bodies.values())
      body.fail(new Error(`what leaves could not be inspected: ${reason}`));
  }
}
