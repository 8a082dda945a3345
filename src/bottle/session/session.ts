import { isatty } from 'node:tty';
import { whenAborted } from '../../host/deadline.ts';
import type { Session, SessionIo } from '../../drivers/driver.ts';
import { note } from '../../ui/print.ts';
import { UserTerminal } from '../../ui/terminal/raw.ts';
import type { Interrupt } from './interrupt.ts';
import { fstatSync } from 'node:fs';
import { Writable, Transform, type TransformCallback } from 'node:stream';
import { finished } from 'node:stream/promises';
import { OutputFilter, type FilteredSink } from '../../ui/terminal/filter.ts';

/** How long an agent may take to end after a signal to the launcher. */
const GRACE_MS = 5_000;

export interface SessionOptions {
  readonly tty: boolean;
  /** Do not filter output to a pipe. */
  readonly isRaw: boolean;
  readonly interrupt: Interrupt;
  /** Called once when the output pipe is closed. The program keeps running. */
  readonly unread: (session: Session, why: Error) => void;
}

/** The end of a session: the program's exit code, or that the user detached. */
export type SessionEnd = number | 'detached';

/** Whether an agent gets a terminal: only if the user's input and output both are terminals. */
export const atTerminal = (): boolean => isatty(process.stdin.fd) && isatty(process.stdout.fd);

/** Connects the user's streams with a program in a bottle, until it ends or the user detaches. */
export async function runSession(
  launch: (io: SessionIo) => Promise<Session>,
  options: SessionOptions,
): Promise<SessionEnd> {
  return options.tty ? await withTerminal(launch, options) : await withPipes(launch, options);
}

const PIPE_WAS_FILTERED =
  'the output holds control sequences or bytes that are not text; the pipe got it without them. ' +
  'For every byte: --raw, or write to a file';

async function withPipes(
  launch: (io: SessionIo) => Promise<Session>,
  { interrupt, isRaw, unread }: SessionOptions,
): Promise<SessionEnd> {
  let launching: Promise<Session> | undefined;
  // A program's output may find its pipe closed before the launch has finished.
  const tell = (why: Error): void =>
    void launching?.then((session) => unread(session, why)).catch(() => undefined);
  const stdout = new Shown(process.stdout, { isRaw, unread: tell });
  const stderr = new Shown(process.stderr, { isRaw, unread: () => undefined });
  const io = {
    tty: false,
    stdin: process.stdin,
    stdout: stdout.entry,
    stderr: stderr.entry,
    size: undefined,
  };
  try {
    launching = launch(io);
    return (await interruptible(await launching, interrupt)) ?? 'detached';
  } finally {
    await Promise.all([stdout.end(), stderr.end()]);
    if (stdout.hasChangedPipe || stderr.hasChangedPipe) note(PIPE_WAS_FILTERED);
    process.stdin.destroy();
  }
}

async function withTerminal(
  launch: (io: SessionIo) => Promise<Session>,
  { interrupt }: SessionOptions,
): Promise<SessionEnd> {
  using terminal = new UserTerminal();
  // A terminal that disappears also sends a signal.
  const screen = new Shown(process.stdout, { isRaw: false, unread: () => undefined });
  try {
    const session = await launch({
      tty: true,
      stdin: terminal.input,
      stdout: screen.entry,
      stderr: screen.entry,
      size: terminal.size,
    });
    terminal.onResize((size) => session.resize(size));
    // A session that cannot detach continues; the start has already told the user.
    void terminal.detached.then(async () => await session.detach()).catch(() => undefined);
    return (await interruptible(session, interrupt)) ?? 'detached';
  } finally {
    await screen.end();
  }
}

/** Forwards a signal of this process to the program, and kills it if it does not end within the grace time. */
async function interruptible(session: Session, interrupt: Interrupt): Promise<number | undefined> {
  const forward = (): void => {
    session.signal(interrupt.name ?? 'SIGTERM');
    setTimeout(() => session.signal('SIGKILL'), GRACE_MS).unref();
  };
  const letBe = whenAborted(interrupt.signal, forward);
  try {
    return await session.exitCode;
  } finally {
    letBe();
  }
}

/**
 * The filter as a stream between a bottle's output and the user's terminal or pipe. The stream's end restores the
 * terminal.
 */
class TerminalFilter extends Transform {
  readonly #filter: OutputFilter;

  constructor(sink: FilteredSink) {
    super();
    this.#filter = new OutputFilter(sink);
  }

  /** Whether something was dropped or replaced so far. */
  get hasChanged(): boolean {
    return this.#filter.hasChanged;
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#filter.filter(chunk));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#filter.finish());
  }
}

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
class Shown {
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
