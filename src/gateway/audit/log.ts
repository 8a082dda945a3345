import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { reasonOf } from '../../errors.ts';
import type { AuditLine } from '../config.ts';
import { Repeats } from './repeats.ts';

/**
 * The audit log: a line per decision, appended with write(2) before the decision takes effect. When a line cannot be
 * written, nothing may go out, until lines can be written again.
 */

/** What a decision's line says beyond time, bottle and id. */
export type Entry = Pick<
  AuditLine,
  'verdict' | 'rule' | 'via' | 'host' | 'port' | 'method' | 'path' | 'reason'
>;

/** The most that a log may grow to. An agent can make lines at will, but it must not fill the host's disk. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 ** 2;

const WAIT_MS = 50;
/** Characters of lines that wait; while none can be written, they are given up beyond this. */
const MOST_WAITING = 1_000_000;
const LONGEST = { host: 255, path: 2048, method: 32, reason: 500 } as const;

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
  readonly #repeats = new Repeats((entry, repeats) => this.#append({ ...this.#complete(entry), repeats }));
  readonly #run = Date.now().toString(36);
  #count = 0;
  #size: number;
  #unwritable: string | undefined;
  #lost = 0;
  /** Lines with which nothing leaves: they wait for the next decision, or a moment, and share its write. */
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;

  /** @throws Error when the file cannot be opened: the gateway must not start */
  constructor(options: AuditOptions) {
    this.#file = openSync(options.path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    this.#size = fstatSync(this.#file).size;
    this.#bottleId = options.bottleId;
    this.#limitBytes = options.limitBytes ?? DEFAULT_LIMIT_BYTES;
  }

  /**
   * Writes the decision's line; gives its id, or undefined when it could not be written, and then the decision is no.
   * Repeated denials and DNS answers, with which nothing leaves, are counted instead of written: see repeats.ts.
   */
  decision(entry: Entry): string | undefined {
    const line = this.#complete(entry);
    const silent = entry.verdict === 'deny' || entry.via === 'dns';
    if (silent && this.#repeats.isRepeat(entry)) return line.id;
    return this.#append(line) ? line.id : undefined;
  }

  /** Writes the end of what was allowed under this id. */
  end(id: string, entry: Entry, last: Pick<AuditLine, 'bytes' | 'reason'>): void {
    const { bytes, reason } = last;
    const line: AuditLine = { ...this.#complete(entry), id, bytes, reason, event: 'end' };
    // The ends of what was allowed below the limit still fit above it: they are as many as open connections.
    this.#waiting += `${printable(line)}\n`;
    this.#timer ??= setTimeout(() => this.#flush(), WAIT_MS).unref();
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
    this.#append({ ...this.#complete(gap), reason: `${this.#lost} lines were lost: ${this.#unwritable}` });
    return this.#unwritable;
  }

  close(): void {
    this.#repeats.flush();
    this.#flush();
    closeSync(this.#file);
  }

  #complete(entry: Entry): AuditLine {
    this.#count += 1;
    return {
      time: new Date().toISOString(),
      bottle: this.#bottleId,
      event: 'decision',
      id: `${this.#run}-${this.#count}`,
      verdict: entry.verdict,
      rule: entry.rule,
      via: entry.via,
      host: entry.host.slice(0, LONGEST.host),
      port: entry.port,
      method: entry.method.slice(0, LONGEST.method),
      path: entry.path.slice(0, LONGEST.path),
      reason: entry.reason.slice(0, LONGEST.reason),
      bytes: 0,
    };
  }

  #append(line: AuditLine): boolean {
    const text = `${printable(line)}\n`;
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
    const bytes = Buffer.from(this.#waiting + text, 'latin1');
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      return this.#fail(reasonOf(error));
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = '';
    this.#size += bytes.length;
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

const UNPRINTABLE = /[^ -~]/;

/** JSON in ASCII: nothing in it can move a terminal's cursor or turn the direction of text. */
function printable(line: AuditLine): string {
  const json = JSON.stringify(line);
  if (!UNPRINTABLE.test(json)) return json;
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(new RegExp(UNPRINTABLE, 'g'), escape);
}
