import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { TerminalFilter } from '../../ui/terminal/stream.ts';

/** Standard output or standard error of this process. */
type UserStream = NodeJS.WriteStream & { readonly fd: number };

/** What is at the other end of one of the user's streams. */
type Sink = 'terminal' | 'pipe' | 'file';

/**
 * A regular file keeps what is written; all else may show it on a terminal at once (`| tee log`), and passes for a pipe.
 * What cannot be looked at is one too.
 */
function sinkOf(stream: UserStream): Sink {
  if (stream.isTTY) return 'terminal';
  try {
    return fstatSync(stream.fd).isFile() ? 'file' : 'pipe';
  } catch {
    return 'pipe';
  }
}

/** Which filter output to `sink` goes through; undefined: its bytes stay as they are (docs/adr/0050). */
function filterFor(sink: Sink, isRaw: boolean): TerminalFilter | undefined {
  if (sink === 'file' || (sink === 'pipe' && isRaw)) return undefined;
  return new TerminalFilter(sink);
}

interface ShownOptions {
  /** A pipe gets the bytes as they are. A terminal never does. */
  readonly isRaw: boolean;
  /** Called once, with why, when nobody takes what is written any more. */
  readonly unread: (why: Error) => void;
}

/**
 * One of the user's streams as a bottle may write to it: a terminal and a pipe get what the filter lets through, a file gets
 * all. Where nobody takes it any more (`| head`), it is dropped: no program waits for who is gone.
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

  /** Whether the user's pipe got other bytes than the program wrote. */
  get hasChangedPipe(): boolean {
    return this.#sink === 'pipe' && this.#filter?.hasChanged === true;
  }

  /** Waits until all was written and the terminal is as it was before. */
  async end(): Promise<void> {
    this.entry.end();
    await finished(this.#out);
  }
}

/** Writes to a stream that is not ended with it, as long as that takes it. That it fails is no crash: `handleClosedOutput` (ui/print.ts). */
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
