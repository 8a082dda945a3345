import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { reasonOf } from '../../errors.ts';
import type { AuditLine } from '../config.ts';
import { writeLine, writeShared, type Entry } from './line.ts';
import { Repeats } from './repeats.ts';

/**
 * The audit log: a line per decision, appended with write(2) before the decision takes effect. When a line cannot be
 * written, nothing may go out, until lines can be written again.
 */

/** A decision in the log, for the line of its end. */
export interface Logged {
  readonly id: string;
  /** What both lines say. */
  readonly shared: string;
}

/** The most that a log may grow to. An agent can make lines at will, but it must not fill the host's disk. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 ** 2;

const WAIT_MS = 50;
/** Characters of lines that wait; while none can be written, they are given up beyond this. */
const MOST_WAITING = 1_000_000;

export interface AuditOptions {
  readonly path: string;
  readonly bottleId: string;
  readonly limitBytes?: number;
}

/** A bottle's log of decisions, appended to. Only its constructor throws: a line that cannot be written is a no. */
export class AuditLog {
  readonly #file: number;
  readonly #bottleId: string;
  readonly #limitBytes: number;
  readonly #repeats = new Repeats((entry, repeats) =>
    this.#append(this.#begin(entry), entry.reason, repeats),
  );
  readonly #run = Date.now().toString(36);
  #count = 0;
  #nowMs = 0;
  #now = '';
  #size: number;
  #unwritable: string | undefined;
  #lost = 0;
  /** Lines with which nothing leaves: they wait for the next decision, or a moment, and share its write. */
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  /** What is written goes through here: a buffer for each line would keep the garbage collector busy. */
  #bytes = Buffer.allocUnsafeSlow(16_384);

  /** @throws Error when the file cannot be opened: the gateway must not start */
  constructor(options: AuditOptions) {
    this.#file = openSync(options.path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    this.#size = fstatSync(this.#file).size;
    this.#bottleId = options.bottleId;
    this.#limitBytes = options.limitBytes ?? DEFAULT_LIMIT_BYTES;
  }

  /**
   * Writes the decision's line; undefined when it could not be written, and then the decision is no.
   * Repeated denials and DNS answers, with which nothing leaves, are counted instead of written: see repeats.ts.
   */
  decision(entry: Entry): Logged | undefined {
    const begun = this.#begin(entry);
    const silent = entry.verdict === 'deny' || entry.via === 'dns';
    if (silent && this.#repeats.isRepeat(entry)) return begun;
    return this.#append(begun, entry.reason) ? begun : undefined;
  }

  /** Writes the end of what was allowed. */
  end({ id, shared }: Logged, { bytes, reason }: Pick<AuditLine, 'bytes' | 'reason'>): void {
    const [time, bottle] = [this.#time(), this.#bottleId];
    // The ends of what was allowed below the limit still fit above it: they are as many as open connections.
    this.#waiting += writeLine({ time, bottle, event: 'end', id, shared, reason, bytes });
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#flush(), WAIT_MS).unref();
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
      reason: '',
    };
    this.#append(this.#begin(gap), `${this.#lost} lines were lost: ${this.#unwritable}`);
    return this.#unwritable;
  }

  close(): void {
    this.#repeats.flush();
    this.#flush();
    closeSync(this.#file);
  }

  #begin(entry: Entry): Logged {
    this.#count += 1;
    return { id: `${this.#run}-${this.#count}`, shared: writeShared(entry) };
  }

  /** Many lines are of the same millisecond. */
  #time(): string {
    const now = Date.now();
    if (now !== this.#nowMs) [this.#nowMs, this.#now] = [now, new Date(now).toISOString()];
    return this.#now;
  }

  #append({ id, shared }: Logged, reason: string, repeats?: number): boolean {
    const [time, bottle] = [this.#time(), this.#bottleId];
    const text = writeLine({ time, bottle, event: 'decision', id, shared, reason, bytes: 0, repeats });
    if (this.#size + text.length > this.#limitBytes) {
      return this.#fail(`the audit log has reached its limit of ${this.#limitBytes} bytes`);
    }
    return this.#write(text);
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#waiting !== '') this.#write('');
  }

  /** All of it or nothing: a line that a full disk cut off would spoil the log for its readers. */
  #write(text: string): boolean {
    const lines = this.#waiting + text;
    if (this.#bytes.length < lines.length) this.#bytes = Buffer.allocUnsafeSlow(lines.length);
    const length = this.#bytes.write(lines, 'latin1');
    try {
      for (let done = 0; done < length;) done += writeSync(this.#file, this.#bytes, done, length - done);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      return this.#fail(reasonOf(error));
    }
    this.#waiting = '';
    this.#size += length;
    if (text !== '') [this.#unwritable, this.#lost] = [undefined, 0];
    return true;
  }

  #fail(why: string): false {
    if (this.#unwritable === undefined) process.stderr.write(`audit log: ${why}\n`);
    this.#unwritable = why;
    this.#lost += 1;
    if (this.#waiting.length > MOST_WAITING) this.#waiting = '';
    return false;
  }
}
