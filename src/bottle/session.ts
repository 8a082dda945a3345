import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isatty } from 'node:tty';
import { whenAborted } from '../host/deadline.ts';
import type { Session, SessionIo } from '../drivers/driver.ts';
import { UserTerminal } from '../ui/terminal/raw.ts';
import { TerminalFilter } from '../ui/terminal/stream.ts';
import type { Interrupt } from './interrupt.ts';

/** How long an agent may take to end after a signal to the launcher. */
const GRACE_MS = 5_000;

export interface SessionOptions {
  readonly tty: boolean;
  readonly interrupt: Interrupt;
}

/** The end of a session: the program's exit code, or that the user let go of it. */
export type SessionEnd = number | 'detached';

/** Whether an agent gets a terminal: only when the user is at one, with both hands and eyes. */
export const atTerminal = (): boolean => isatty(process.stdin.fd) && isatty(process.stdout.fd);

/** Connects the user's streams with a program in a bottle, until it ends or the user detaches. */
export async function runSession(
  launch: (io: SessionIo) => Promise<Session>,
  options: SessionOptions,
): Promise<SessionEnd> {
  return options.tty ? await withTerminal(launch, options) : await withPipes(launch, options);
}

async function withPipes(
  launch: (io: SessionIo) => Promise<Session>,
  { interrupt }: SessionOptions,
): Promise<SessionEnd> {
  // A bottle's words reach the user's eyes only through the filter; a file or a pipe gets them as they are.
  const [stdout, stderr] = [new Shown(process.stdout), new Shown(process.stderr)];
  const io = {
    tty: false,
    stdin: process.stdin,
    stdout: stdout.entry,
    stderr: stderr.entry,
    size: undefined,
  };
  try {
    const session = await launch(io);
    return (await interruptible(session, interrupt)) ?? 'detached';
  } finally {
    await Promise.all([stdout.end(), stderr.end()]);
    process.stdin.destroy();
  }
}

async function withTerminal(
  launch: (io: SessionIo) => Promise<Session>,
  { interrupt }: SessionOptions,
): Promise<SessionEnd> {
  using terminal = new UserTerminal();
  const screen = new Shown(process.stdout);
  try {
    const session = await launch({
      tty: true,
      stdin: terminal.input,
      stdout: screen.entry,
      stderr: screen.entry,
      size: terminal.size,
    });
    terminal.onResize((size) => session.resize(size));
    // A program that nobody can let go of goes on: who started it was told.
    void terminal.detached.then(async () => await session.detach()).catch(() => undefined);
    return (await interruptible(session, interrupt)) ?? 'detached';
  } finally {
    await screen.end();
  }
}

/** One of the user's streams as the bottle may write to it. */
class Shown {
  readonly entry: Writable;
  readonly #filter: TerminalFilter | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#filter = stream.isTTY ? new TerminalFilter() : undefined;
    this.#filter?.pipe(stream, { end: false });
    this.entry = this.#filter ?? stream;
  }

  /** Waits until all was written and the terminal is as it was before. */
  async end(): Promise<void> {
    if (this.#filter === undefined) return;
    this.#filter.end();
    await finished(this.#filter);
  }
}

/** A signal to this process goes on to the program; one that does not end by it is ended. */
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
