import type { Socket } from 'node:net';
import { BottleError, SEE_LS, reasonOf } from '../../../errors.ts';
import type { Session, SessionIo, TerminalSize } from '../../driver.ts';
import type { InputForm } from './gate.ts';
import { NO_INPUT, toFrames } from './input-frames.ts';
import { copyOutput } from '../engine/demultiplex.ts';
import type { EngineClient } from '../../engine/client.ts';

/**
 * Connects a program's streams through an engine's hijacked connection. An agent and an exec differ only in the methods
 * of `Program`.
 */

export interface Program {
  readonly client: EngineClient;
  /** The exit code; settles only after the program has ended. */
  exitCode(): Promise<number>;
  signal(name: NodeJS.Signals): Promise<void>;
  readonly resizePath: string;
  /** How its input is sent. */
  readonly input: InputForm;
}

/** Connects a program's streams with `io`. `socket` is the hijacked connection. */
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
  ended.catch(() => undefined); // callers that await it get the error
  let resized = Promise.resolve();
  const resize = (size: TerminalSize): void => {
    // One after the other: on two connections the older size could arrive last.
    if (io.tty) resized = resized.then(async () => await resizeTerminal(program, size));
  };
  if (io.size !== undefined) resize(io.size);
  return {
    exitCode: ended,
    resize,
    signal: (name) => void program.signal(name).catch(() => undefined), // the program has ended: the exit code tells
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

/** Sends end of file as a frame: the stream itself stays open until the program has ended. */
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

/** Sends the user's input to the program. Without a terminal, also passes on end of file. */
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

/** Sets the size of the program's terminal, if it still has one. */
export async function resizeTerminal({ client, resizePath }: Program, size: TerminalSize): Promise<void> {
  try {
    await client.call({
      method: 'POST',
      path: resizePath,
      query: { h: size.rows, w: size.columns },
      timeoutMs: 2_000,
    });
  } catch {
    // the program has not started or has ended: the next size follows when the user changes it
  }
}
