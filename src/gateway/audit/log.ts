import { closeSync, constants, ftruncateSync, openSync, writeSync, statSync } from 'node:fs';
import { reasonOf } from '../../errors.ts';
import { Tally } from '../metrics/tally.ts';
import { linkLine, type ChainHead } from './chain.ts';
import { writeFound, writeMembers, writeOutcome, writeShared, type Entry, type Outcome } from './line.ts';
import { Repeats } from './repeats.ts';
import { resumeChain } from './resume.ts';

/**
 * The audit log: a line per decision, appended with write(2) before the decision takes effect. While lines cannot be
 * written, nothing may pass. The lines are a chain: see chain.ts.
 */

/** A logged decision, for the line of its end. */
export interface Logged {
  readonly id: string;
  /** The members that both lines share. */
  readonly shared: string;
  /** Time of the decision, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** Maximum size of a log. An agent can cause any number of lines, but must not fill the host's disk. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 ** 2;

/** Connections end in bursts, whose lines share a write. The delay is too short to notice for a reader of the log. */
const END_LINES_WAIT_MS = 50;
/** Maximum of characters in waiting lines. Beyond this, they are discarded if none can be written. */
const MOST_WAITING = 1_000_000;

export interface AuditOptions {
  readonly path: string;
  readonly bottleId: string;
  readonly limitBytes?: number;
}

/** Decisions that wait for the end of this turn of the event loop, to share one write. */
interface Batch {
  readonly lines: { readonly begun: Logged; readonly entry: Entry }[];
  /** Whether they are on disk. */
  readonly isWritten: Promise<boolean>;
  readonly settle: (isWritten: boolean) => void;
}

/**
 * A bottle's log of decisions, which it appends to. Only the constructor throws. A line that cannot be written denies
 * its decision.
 */
export class AuditLog {
  readonly #file: number;
  readonly #bottleId: string;
  readonly #limitBytes: number;
  readonly #whyNotInPlace: ReturnType<typeof createPlaceWatch>;
  readonly #repeats = new Repeats((entry, repeats) => this.#append(this.#begin(entry), entry, repeats));
  /** Counts the logged events, whether or not they could be written. */
  readonly tally = new Tally();
  readonly #run = Date.now().toString(36);
  #count = 0;
  #nowMs = 0;
  #now = '';
  #size: number;
  #unwritable: string | undefined;
  #lost = 0;
  /** Callers of `untilUnwritable`. */
  readonly #askers = new Set<(why: string) => void>();
  /** The head of the chain with the waiting lines, and the head on disk. */
  #head: ChainHead;
  #headOnDisk: ChainHead;
  /** Lines of ends, with which nothing passes. They wait for the next decision, or a moment, and share its write. */
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  #batch: Batch | undefined;
  #isClosed = false;
  /** One buffer for all writes. A buffer per line would keep the garbage collector busy. */
  #bytes = Buffer.allocUnsafeSlow(16_384);

  /**
   * Opens the log.
   * @throws Error when the file cannot be opened, or its chain cannot be continued: the gateway must not start
   */
  constructor(options: AuditOptions) {
    this.#file = openSync(options.path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    const { head, sizeBytes } = resumeChain(this.#file, options.bottleId);
    [this.#head, this.#headOnDisk, this.#size] = [head, head, sizeBytes];
    this.#whyNotInPlace = createPlaceWatch(options.path);
    this.#bottleId = options.bottleId;
    this.#limitBytes = options.limitBytes ?? DEFAULT_LIMIT_BYTES;
  }

  /**
   * Writes the decision's line. Returns undefined when that fails, and then the decision is a denial. Counts repeated
   * denials and DNS answers, with which nothing passes, instead of writing them: see repeats.ts.
   */
  decision(entry: Entry): Logged | undefined {
    const begun = this.#begin(entry);
    this.tally.decided(entry);
    const silent = entry.verdict === 'deny' || entry.via === 'dns';
    if (silent && this.#repeats.isRepeat(entry)) return begun;
    return this.#append(begun, entry) ? begun : undefined;
  }

  /**
   * As `decision`, for a request that is to pass. Settles when the line is on disk, in one write with all others of the
   * same turn of the event loop. A write for each would take as long as all of policy and protocol.
   */
  async allowance(entry: Entry): Promise<Logged | undefined> {
    const begun = this.#begin(entry);
    this.tally.decided(entry);
    this.#batch ??= this.#openBatch();
    const { lines, isWritten } = this.#batch;
    lines.push({ begun, entry });
    return (await isWritten) ? begun : undefined;
  }

  /** Writes the end of an allowed request. */
  end({ id, shared, atMs }: Logged, outcome: Outcome): void {
    const [time, bottle, { reason, bytes }] = [this.#time(), this.#bottleId, outcome];
    this.tally.ended(outcome);
    // The host's clock may have been set back.
    const own = writeOutcome(outcome, Math.max(0, this.#nowMs - atMs));
    const members = writeMembers({ time, bottle, event: 'end', id, shared, reason, bytes, own });
    const link = linkLine(this.#head, members);
    // Ends of requests allowed below the limit may exceed it. They are as many as open connections.
    this.#waiting += link.text;
    this.#head = link;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#flush(), END_LINES_WAIT_MS).unref();
  }

  /** Returns why nothing can be written now, or undefined. Tries again: the first successful line ends the failure. */
  unwritable(): string | undefined {
    if (this.#unwritable === undefined) return undefined;
    const gap: Entry = {
      verdict: 'deny',
      rule: 'gateway.audit',
      via: 'proxy',
      host: '',
      port: 0,
      method: '',
      path: '',
      reason: `${this.#lost} lines were lost: ${this.#unwritable}`,
    };
    this.#append(this.#begin(gap), gap);
    return this.#unwritable;
  }

  /** Settles with the reason as soon as nothing can be written. @throws when the signal aborts */
  async untilUnwritable(signal: AbortSignal): Promise<string> {
    if (this.#unwritable !== undefined) return this.#unwritable;
    return await new Promise((resolve, reject) => {
      this.#askers.add(resolve);
      const leave = (): void => {
        this.#askers.delete(resolve);
        reject(new Error('the client is gone'));
      };
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Closes the log. Later ends have no line, because the descriptor may belong to another file by then. */
  close(): void {
    this.#repeats.flush();
    this.#closeBatch();
    this.#flush();
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #begin(entry: Entry): Logged {
    this.#count += 1;
    this.#time();
    return { id: `${this.#run}-${this.#count}`, shared: writeShared(entry), atMs: this.#nowMs };
  }

  /** Caches the text, because many lines have the same millisecond. */
  #time(): string {
    const now = Date.now();
    if (now !== this.#nowMs) [this.#nowMs, this.#now] = [now, new Date(now).toISOString()];
    return this.#now;
  }

  #openBatch(): Batch {
    let settle: Batch['settle'] = () => undefined;
    const isWritten = new Promise<boolean>((resolve) => (settle = resolve));
    setImmediate(() => this.#closeBatch());
    return { lines: [], isWritten, settle };
  }

  #closeBatch(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    batch?.settle(this.#appendAll(batch.lines));
  }

  #append(begun: Logged, entry: Entry, repeats?: number): boolean {
    return this.#appendAll([{ begun, entry, repeats }]);
  }

  #appendAll(lines: readonly { begun: Logged; entry: Entry; repeats?: number | undefined }[]): boolean {
    const [time, bottle] = [this.#time(), this.#bottleId];
    let [text, head] = ['', this.#head];
    for (const { begun, entry, repeats } of lines) {
      const { id, shared } = begun;
      const { reason } = entry;
      const own = writeFound(entry, repeats);
      const link = linkLine(
        head,
        writeMembers({ time, bottle, event: 'decision', id, shared, reason, bytes: 0, own }),
      );
      text += link.text;
      head = link;
    }
    if (this.#size + text.length > this.#limitBytes) {
      return this.#fail(`the audit log has reached its limit of ${this.#limitBytes} bytes`, lines.length);
    }
    return this.#write({ text, head, count: lines.length });
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#waiting !== '') this.#write(undefined);
  }

  /** Writes everything or nothing: a line that a full disk cut off would make the log unreadable. */
  #write(more: { text: string; head: ChainHead; count: number } | undefined): boolean {
    const gone = this.#isClosed ? 'it is closed' : this.#whyNotInPlace(this.#size, this.#nowMs);
    if (gone !== undefined) return this.#fail(gone, more?.count ?? 1);
    const lines = more === undefined ? this.#waiting : this.#waiting + more.text;
    if (this.#bytes.length < lines.length) this.#bytes = Buffer.allocUnsafeSlow(lines.length);
    const length = this.#bytes.write(lines, 'latin1');
    try {
      for (let done = 0; done < length;) done += writeSync(this.#file, this.#bytes, done, length - done);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      return this.#fail(reasonOf(error), more?.count ?? 1);
    }
    this.#waiting = '';
    this.#size += length;
    if (more !== undefined) [this.#unwritable, this.#lost, this.#head] = [undefined, 0, more.head];
    this.#headOnDisk = this.#head;
    return true;
  }

  #fail(why: string, lost: number): false {
    this.#unwritable = why;
    if (!this.#isClosed) {
      for (const tell of this.#askers) tell(why);
      this.#askers.clear();
    }
    this.#lost += lost;
    if (this.#waiting.length > MOST_WAITING) [this.#waiting, this.#head] = ['', this.#headOnDisk];
    return false;
  }
}

/** Interval of checks in milliseconds, which also bounds how long requests pass after a log has gone. */
const BETWEEN_LOOKS_MS = 1_000;

/**
 * Returns a function that reports why a log is not complete in its place, or undefined. A removed or moved file still
 * takes lines, which no one would see. Compares the length, not the inode, because shared folders give new ones.
 */
function createPlaceWatch(path: string): (written: number, nowMs: number) => string | undefined {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let found: string | undefined;
  return (written, nowMs) => {
    // The host's clock may have been set back.
    if (Math.abs(nowMs - lookedAtMs) < BETWEEN_LOOKS_MS) return found;
    lookedAtMs = nowMs;
    found = whyNotInPlace(path, written);
    return found;
  };
}

function whyNotInPlace(path: string, written: number): string | undefined {
  try {
    return statSync(path).size < written ? 'written lines are missing from it' : undefined;
  } catch (error) {
    return `it is no longer at its path (${reasonOf(error)})`;
  }
}
