import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { reasonOf } from '../../errors.ts';
import { Tally } from '../metrics/tally.ts';
import { linkLine, type ChainHead } from './chain.ts';
import { digitsOf } from './digits.ts';
import { createPlaceWatch } from './in-place.ts';
import { writeFound, writeMembers, writeOutcome, writeShared, type Entry, type Outcome } from './line.ts';
import { Repeats } from './repeats.ts';
import { resumeChain } from './resume.ts';

/**
 * The audit log: a line per decision, appended with write(2) before the decision takes effect. When a line cannot be
 * written, nothing may go out, until lines can be written again. Its lines are a chain: see chain.ts.
 */

/** A decision in the log, for the line of its end. */
export interface Logged {
  readonly id: string;
  /** What both lines say. */
  readonly shared: string;
  /** When it was decided, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** The most that a log may grow to. An agent can make lines at will, but it must not fill the host's disk. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 ** 2;

/** Connections end in bunches, whose lines share a write; and nobody who follows the log takes it for late. */
const END_LINES_WAIT_MS = 50;
/** Characters of lines that wait; while none can be written, they are given up beyond this. */
const MOST_WAITING = 1_000_000;

export interface AuditOptions {
  readonly path: string;
  readonly bottleId: string;
  readonly limitBytes?: number;
}

/** Decisions that wait for the end of this turn of the event loop, to be on disk with one write. */
interface Batch {
  readonly lines: { readonly begun: Logged; readonly entry: Entry }[];
  /** Whether they are. */
  readonly isWritten: Promise<boolean>;
  readonly settle: (isWritten: boolean) => void;
}

/** A bottle's log of decisions, appended to. Only its constructor throws: a line that cannot be written is a no. */
export class AuditLog {
  readonly #file: number;
  readonly #bottleId: string;
  readonly #limitBytes: number;
  readonly #whyNotInPlace: ReturnType<typeof createPlaceWatch>;
  readonly #repeats = new Repeats((entry, repeats) => this.#append(this.#begin(entry), entry, repeats));
  /** What the log was told, whether or not it could be written. */
  readonly tally = new Tally();
  readonly #run = Date.now().toString(36);
  #count = 0;
  #nowMs = 0;
  #now = '';
  #size: number;
  #unwritable: string | undefined;
  #lost = 0;
  /** Who wants to hear of it. */
  readonly #askers = new Set<(why: string) => void>();
  /** Where the chain stands with the lines that wait, and without them. */
  #head: ChainHead;
  #headOnDisk: ChainHead;
  /** Lines with which nothing leaves: they wait for the next decision, or a moment, and share its write. */
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  #batch: Batch | undefined;
  #isClosed = false;
  /** What is written goes through here: a buffer for each line would keep the garbage collector busy. */
  #bytes = Buffer.allocUnsafeSlow(16_384);

  /** @throws Error when the file cannot be opened, or its chain not be continued: the gateway must not start */
  constructor(options: AuditOptions) {
    this.#file = openSync(options.path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    const { head, sizeBytes } = resumeChain(this.#file, options.bottleId);
    [this.#head, this.#headOnDisk, this.#size] = [head, head, sizeBytes];
    this.#whyNotInPlace = createPlaceWatch(options.path);
    this.#bottleId = options.bottleId;
    this.#limitBytes = options.limitBytes ?? DEFAULT_LIMIT_BYTES;
  }

  /**
   * Writes the decision's line; undefined when it could not be written, and then the decision is no.
   * Repeated denials and DNS answers, with which nothing leaves, are counted instead of written: see repeats.ts.
   */
  decision(entry: Entry): Logged | undefined {
    const begun = this.#begin(entry);
    this.tally.decided(entry);
    const silent = entry.verdict === 'deny' || entry.via === 'dns';
    if (silent && this.#repeats.isRepeat(entry)) return begun;
    return this.#append(begun, entry) ? begun : undefined;
  }

  /**
   * As `decision`, for what is to be let out: settles when the line is on disk, with all others of the same turn of the event
   * loop. A write for each would take as long as all that policy and protocol do.
   */
  async allowance(entry: Entry): Promise<Logged | undefined> {
    const begun = this.#begin(entry);
    this.tally.decided(entry);
    this.#batch ??= this.#openBatch();
    const { lines, isWritten } = this.#batch;
    lines.push({ begun, entry });
    return (await isWritten) ? begun : undefined;
  }

  /** Writes the end of what was allowed. */
  end({ id, shared, atMs }: Logged, outcome: Outcome): void {
    const [time, bottle, { reason, bytes }] = [this.#time(), this.#bottleId, outcome];
    this.tally.ended(outcome);
    // The clock of the host may be set back meanwhile.
    const own = writeOutcome(outcome, Math.max(0, this.#nowMs - atMs));
    const members = writeMembers({ time, bottle, event: 'end', id, shared, reason, bytes, own });
    const link = linkLine(this.#head, members);
    // The ends of what was allowed below the limit still fit above it: they are as many as open connections.
    this.#waiting += link.text;
    this.#head = link;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#flush(), END_LINES_WAIT_MS).unref();
  }

  /** Why nothing can be written now, or undefined. Tries again: with the first line that gets through, all is well. */
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

  /** Settles with why, as soon as nothing can be written. @throws when whoever asks has gone */
  async untilUnwritable(signal: AbortSignal): Promise<string> {
    if (this.#unwritable !== undefined) return this.#unwritable;
    return await new Promise((resolve, reject) => {
      this.#askers.add(resolve);
      const leave = (): void => {
        this.#askers.delete(resolve);
        reject(new Error('who asked is gone'));
      };
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** What ends later has no line: the descriptor may be another file's by then. */
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
    return { id: `${this.#run}-${digitsOf(this.#count)}`, shared: writeShared(entry), atMs: this.#nowMs };
  }

  /** Many lines are of the same millisecond. */
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

  /** All of it or nothing: a line that a full disk cut off would spoil the log for its readers. */
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
