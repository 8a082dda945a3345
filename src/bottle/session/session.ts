import { isatty } from 'node:tty';
import { whenAborted } from '../../host/deadline.ts';
import type { Session, SessionIo } from '../../drivers/driver.ts';
import { note } from '../../ui/print.ts';
import { UserTerminal } from '../../ui/terminal/raw.ts';
import type { Interrupt } from './interrupt.ts';
import { Shown } from './shown.ts';

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
