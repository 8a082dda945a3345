import { Worker } from 'node:worker_threads';
import { fingerprintKey } from '../fingerprint.ts';
import type { BodyFacts, BodyListener, KnownSecret, RemoteBody } from '../finding.ts';
import type { Form } from '../known/forms.ts';
import type { RuleSet } from '../rules/rule.ts';
import type { Detectors } from '../scan.ts';
import { PassingBody } from './body.ts';
import type { Answer, Order, ThreadData } from './messages.ts';
import { createJudge } from './replay.ts';

/**
 * The main thread's side of the inspection thread. The first large body starts the thread. If it ends, or gives no
 * answer for a long time, the gateway cannot know what is in the bodies that it inspected: it refuses all of them, and
 * the next body starts it again.
 */

/**
 * Timeout of an answer, in milliseconds. No piece of a body takes as long: the work on each is limited
 * (`views/tries.ts`).
 */
const LONGEST_SILENCE_MS = 60_000;
/** Most bytes that wait for inspection, including those of abandoned bodies. */
const MOST_QUEUED_BYTES = 32 * 1024 * 1024;
/** Limit of its heap. Its buffers count in `memoryBytes`. */
const MAX_HEAP_MB = 128;
/** Most objects of one window do not outlive it. */
const YOUNG_HEAP_MB = 8;

/** The other end: a `Worker`, or in tests a channel to the same thread. */
export interface Other {
  postMessage(order: Order): void;
  on(event: 'message', listener: (answer: Answer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): unknown;
}

/** The secrets and detectors for the inspection of a body. */
export interface Inspecting {
  readonly secrets: readonly KnownSecret[];
  readonly forms: () => readonly Form[];
  readonly detectors: Detectors;
}

export interface InspectionThread {
  /**
   * Begins the inspection of a body.
   * @throws Error if too much already waits
   */
  begin(inspecting: Inspecting, about: BodyFacts, listener: BodyListener): RemoteBody;
  /** Memory that the thread used at its last answer. */
  readonly memoryBytes: number;
}

/** Starts `programPath`, the gateway's own program, as an inspection thread. */
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

/** Numbers bodies as they begin, and calls `start` if there is no thread. */
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
  /** The secrets that the thread got last. */
  #known: Inspecting['secrets'] | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** Bytes of each order without an answer yet, in order. */
  readonly #queued: number[] = [];
  #queuedBytes = 0;
  memoryBytes = 0;
  isOver = false;

  constructor(other: Other, silenceMs: number) {
    this.#other = other;
    this.#silenceMs = silenceMs;
    other.on('message', (answer) => this.#take(answer));
    other.on('error', ({ message }) => this.#end(message));
    other.on('exit', () => this.#end('the inspection thread ended'));
  }

  /** @throws Error if too much already waits */
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
      this.#end(error instanceof Error ? error.message : 'the inspection thread sent an unusable answer');
    }
  }

  /** Starts the timeout of the next answer, if one is expected. */
  #watchOver(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
    if (this.isOver || this.#queued.length === 0) return;
    this.#watch = setTimeout(
      () => this.#end('the inspection thread did not answer'),
      this.#silenceMs,
    ).unref();
  }

  /** Refuses all bodies of the thread, because the gateway cannot know what is in them. */
  #end(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#watch);
    this.#other.terminate();
    for (const body of this.#bodies.values())
      body.fail(new Error(`the content could not be inspected: ${reason}`));
  }
}
