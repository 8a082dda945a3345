import type { Socket } from 'node:net';
import { BottleError, SEE_LS, reasonOf } from '../../errors.ts';
import type { Session, SessionIo, TerminalSize } from '../driver.ts';
import type { InputForm } from './gate.ts';
import { NO_INPUT, toFrames } from './input-frames.ts';
import { copyOutput } from './engine/demultiplex.ts';
import type { EngineClient } from '../engine/client.ts';

/** A program's streams on an engine's hijacked connection. An agent and an exec differ only in the four calls below. */

export interface Program {
  readonly client: EngineClient;
  /** The exit code; answers only once the program has ended. */
  exitCode(): Promise<number>;
  signal(name: NodeJS.Signals): Promise<void>;
  readonly resizePath: string;
  /** How its input is sent. */
  readonly input: InputForm;
}

/** Connects a program's streams with ours. `socket` is the hijacked connection. */
export function openSession(socket: Socket, program: Program, io: SessionIo): Session {
  const input = FEEDS[program.input](socket, io);
  let detached = false;
  const output = copyOutput(socket, io, io.tty).catch((error: unknown) => {
    if (!detached) throw lost(error);
  });
  const exitCode = (async () => {
    await output;
    return detached ? undefined : await program.exitCode();
  })();
  const ended = exitCode.finally(() => {
    input.stop();
    socket.destroy();
  });
  ended.catch(() => undefined); // whoever waits for it hears of it
  let resized = Promise.resolve();
  const resize = (size: TerminalSize): void => {
    // One after the other: on two connections the older size could come last.
    if (io.tty) resized = resized.then(async () => await resizeTerminal(program, size));
  };
  if (io.size !== undefined) resize(io.size);
  return {
    exitCode: ended,
    resize,
    signal: (name) => void program.signal(name).catch(() => undefined), // it has ended: the exit code says so
    detach: async () => {
      detached = true;
      input.stop();
      socket.destroy();
      await exitCode;
    },
  };
}

const lost = (cause: unknown): BottleError =>
  new BottleError('dependencyMissing', 'the connection with the engine was lost', {
    details: [reasonOf(cause)],
    fix: SEE_LS,
    cause,
  });

interface Feed {
  stop(): void;
}

const FEEDS: Readonly<Record<InputForm, (socket: Socket, io: SessionIo) => Feed>> = {
  plain: feed,
  frames: feedFrames,
};

/** The end of file is a frame: the stream itself stays open until the program has ended. */
function feedFrames(socket: Socket, { stdin }: SessionIo): Feed {
  if (stdin === undefined) {
    socket.write(NO_INPUT);
    return { stop: () => undefined };
  }
  const frames = toFrames();
  frames.pipe(socket, { end: false });
  stdin.pipe(frames);
  return {
    stop: () => {
      stdin.unpipe(frames);
      frames.destroy();
    },
  };
}

/** The program reads what the user types; its end of file is ours, where there is no terminal. */
function feed(socket: Socket, io: SessionIo): Feed {
  const { stdin } = io;
  if (stdin === undefined) {
    if (!io.tty) socket.end();
    return { stop: () => undefined };
  }
  stdin.pipe(socket, { end: !io.tty });
  return {
    stop: () => {
      stdin.unpipe(socket);
    },
  };
}

/** Gives the program's terminal this size, where it still has one. */
export async function resizeTerminal({ client, resizePath }: Program, size: TerminalSize): Promise<void> {
  try {
    await client.call({
      method: 'POST',
      path: resizePath,
      query: { h: size.rows, w: size.columns },
      timeoutMs: 2_000,
    });
  } catch {
    // the program has not started, or has ended: the next size is sent when the user changes it
  }
}
