import type { Duplex } from 'node:stream';
import { BottleError, SEE_LS, reasonOf } from '../../errors.ts';
import type { Session, SessionIo, TerminalSize } from '../driver.ts';
import { encodeFrame, frameReader, sizeBytes, type Frame } from './frames.ts';

/** This process's side of a session: connects streams to the frames of session.pl. */

/** The most input in flight, in bytes. The rest stays in its source, so that signals are not delayed. */
const WINDOW_BYTES = 256 * 1024;

export interface SessionOptions {
  /** The first frames to send, such as the request. */
  readonly opening: readonly Buffer[];
  readonly canDetach: boolean;
  /** Called after the program has ended and before `exitCode` settles: confirms what must be gone. */
  readonly afterExit: () => Promise<void>;
}

/**
 * Connects `io` to a program of the bottle. Settles when the program has started.
 * @throws BottleError `rungUnavailable` with the reason when it has not
 */
export async function openSession(link: Duplex, io: SessionIo, options: SessionOptions): Promise<Session> {
  const begun = deferred<void>();
  const ended = deferred<number | undefined>();
  ended.promise.catch(() => undefined); // callers that await the exit code get the error
  const input = inputOf(link, io);
  const output = outputOf(link, io);
  const finish = (result: Promise<number | undefined>): void => {
    input.stop();
    ended.resolve(result);
    link.end();
  };
  let trouble: unknown;
  const heed: Readonly<Record<string, (bytes: Buffer) => void>> = {
    b: () => begun.resolve(),
    o: (bytes) => output.write('stdout', bytes),
    x: (bytes) => output.write('stderr', bytes),
    k: (bytes) => input.taken(bytes.readUInt32BE(0)),
    c: ([code]) =>
      finish(
        output
          .drained()
          .then(options.afterExit)
          .then(() => code),
      ),
    d: () => finish(output.drained().then(() => undefined)),
    n: (bytes) => begun.reject(notBegun(bytes.toString())),
  };
  const read = frameReader();
  link.on('data', (piece: Buffer) => {
    // Only a hostile bottle breaks the format of frames: close the connection.
    try {
      for (const { letter, bytes } of read(piece) satisfies Frame[]) heed[letter]?.(bytes);
    } catch (error) {
      link.destroy(error instanceof Error ? error : new Error(reasonOf(error)));
    }
  });
  link.on('error', (error) => (trouble = error)); // `close` follows
  link.on('close', () => {
    input.stop();
    const lost = new BottleError('rungUnavailable', 'the connection to the bottle was lost', {
      details: trouble === undefined ? [] : [reasonOf(trouble)],
      fix: SEE_LS,
    });
    begun.reject(lost);
    ended.reject(lost);
  });
  for (const frame of options.opening) link.write(frame);
  await begun.promise;
  input.start();
  return sessionOf({ link, input, exitCode: ended.promise }, { tty: io.tty, canDetach: options.canDetach });
}

/** The bottle has no process, terminal or pipe left for the program. */
const notBegun = (why: string): BottleError =>
  new BottleError('rungUnavailable', `the bottle: ${why}`, {
    fix: 'end what runs in it, or raise resources.pids for the next one',
  });

/** A promise that other code settles: Promise.withResolvers, which Node 20 lacks. */
function deferred<T>() {
  let resolve: (value: T | PromiseLike<T>) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => ([resolve, reject] = [onResolve, onReject]));
  return { promise, resolve, reject };
}

function sessionOf(
  { link, input, exitCode }: { link: Duplex; input: { stop(): void }; exitCode: Session['exitCode'] },
  { tty, canDetach }: { readonly tty: boolean; readonly canDetach: boolean },
): Session {
  const send = (frame: Buffer): void => {
    if (link.writable) link.write(frame);
  };
  return {
    exitCode,
    resize(size: TerminalSize) {
      if (tty) send(encodeFrame('w', sizeBytes(size)));
    },
    signal: (name) => send(encodeFrame('s', Uint8Array.of(guestSignal(name)))),
    async detach() {
      if (!canDetach) {
        throw new BottleError('usage', 'a program started with exec cannot be detached from', {
          fix: 'end it, or leave its terminal open',
        });
      }
      input.stop();
      send(encodeFrame('d'));
      await exitCode;
    },
  };
}

function inputOf(link: Duplex, { stdin }: SessionIo) {
  let underway = 0;
  const onData = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk);
    underway += bytes.length;
    link.write(encodeFrame('i', bytes));
    if (underway > WINDOW_BYTES) stdin?.pause();
  };
  const onEnd = (): void => void link.write(encodeFrame('e'));
  return {
    start() {
      if (stdin === undefined || stdin.readableEnded) return onEnd();
      stdin.on('data', onData).once('end', onEnd);
    },
    taken(count: number) {
      underway = Math.max(0, underway - count);
      if (underway <= WINDOW_BYTES && stdin?.listeners('data').includes(onData)) stdin.resume();
    },
    stop() {
      if (stdin === undefined || !stdin.listeners('data').includes(onData)) return;
      stdin.off('data', onData).off('end', onEnd).pause();
    },
  };
}

function outputOf(link: Duplex, io: SessionIo) {
  let waiting = 0;
  let whenDrained: (() => void) | undefined;
  return {
    write(name: 'stdout' | 'stderr', bytes: Buffer) {
      waiting += 1;
      // Also called for a failed stream: a slow or missing reader must not keep the program from ending.
      const more = io[name].write(bytes, () => {
        waiting -= 1;
        if (waiting > 0) return;
        link.resume();
        whenDrained?.();
      });
      if (!more) link.pause();
    },
    drained: (): Promise<void> =>
      new Promise((resolve) => {
        whenDrained = resolve;
        if (waiting === 0) resolve();
      }),
  };
}

/**
 * The signal numbers in a bottle, which is always Linux: signal(7), those of x86 and ARM. The host's may differ:
 * SIGUSR1 is 30 on macOS.
 */
const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
};

/** The number of a signal in a bottle. @throws Error for a signal that bot-bottle never forwards */
export function guestSignal(name: NodeJS.Signals): number {
  const number = SIGNAL_NUMBERS[name];
  if (number === undefined) throw new Error(`${name} is not forwarded to a bottle`);
  return number;
}
