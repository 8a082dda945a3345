import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { TerminalFilter } from '../../ui/terminal/stream.ts';

/** Standard output or standard error of this process. */
type UserStream = NodeJS.WriteStream & { readonly fd: number };

/** The kind of target that a user stream leads to. */
type Sink = 'terminal' | 'pipe' | 'file';

/**
 * A regular file stores the output. Anything else may show it on a terminal at once (`| tee log`) and counts as a pipe,
 * including a stream that cannot be inspected.
 */
function sinkOf(stream: UserStream): Sink {
  if (stream.isTTY) return 'terminal';
  try {
    return fstatSync(stream.fd).isFile() ? 'file' : 'pipe';
  } catch {
    return 'pipe';
  }
}

/** The filter for output to `sink`; undefined if its bytes stay unchanged (docs/adr/0050). */
function filterFor(sink: Sink, isRaw: boolean): TerminalFilter | undefined {
  if (sink === 'file' || (sink === 'pipe' && isRaw)) return undefined;
  return new TerminalFilter(sink);
}

interface ShownOptions {
  /** Do not filter output to a pipe. A terminal always gets filtered output. */
  readonly isRaw: boolean;
  /** Called once, with the reason, when the other end no longer accepts output. */
  readonly unread: (why: Error) => void;
}

/**
 * One of the user's streams for output of a bottle: a terminal and a pipe get filtered output, a file gets everything.
 * Drops the output if the other end is closed (`| head`), so that no program blocks.
 */
export class Shown {
  readonly entry: Writable;
  readonly #out: Writable;
  readonly #filter: TerminalFilter | undefined;
  readonly #sink: Sink;

  constructor(stream: UserStream, { isRaw, unread }: ShownOptions) {
    this.#sink = sinkOf(stream);
    this.#out = untilUnread(stream, unread);
    this.#filter = filterFor(this.#sink, isRaw);
    this.entry = this.#filter ?? this.#out;
    this.#filter?.pipe(this.#out);
  }

  /** Whether the filter has changed the output to the user's pipe. */
  get hasChangedPipe(): boolean {
    return this.#sink === 'pipe' && this.#filter?.hasChanged === true;
  }

  /** Waits until all output is written and the terminal is restored. */
  async end(): Promise<void> {
    this.entry.end();
    await finished(this.#out);
  }
}

/**
 * Writes to a stream without ending it, until that fails. `handleClosedOutput` (ui/print.ts) keeps the failure from
 * crashing the process.
 */
function untilUnread(stream: NodeJS.WriteStream, unread: (why: Error) => void): Writable {
  let isUnread = false;
  return new Writable({
    write: (chunk: Buffer, _, done) => {
      if (isUnread) return done();
      stream.write(chunk, (why) => {
        if (why instanceof Error && !isUnread) {
          isUnread = true;
          unread(why);
        }
        done();
      });
    },
  });
}
