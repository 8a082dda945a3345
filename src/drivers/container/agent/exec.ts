import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, HAS_ENDED, reasonOf } from '../../../errors.ts';
import type { ExecRequest, Session, SessionIo } from '../../driver.ts';
import { containerUser } from './agent-container.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Connection } from '../engine/engine.ts';
import { SEE_ENGINE, isConflict, isNotFound } from '../../engine/errors.ts';
import { gated, openingWord, packed, unpacked } from './gate.ts';
import { inputFormOf } from '../rungs.ts';
import { openSession, resizeTerminal, type Program } from './session.ts';

/** Runs a program beside the agent: same container, same user, same confinement. */

/**
 * An environment variable that marks the processes of an exec, so that a signal can find them: engines have no call for
 * it.
 */
const MARKER = 'BOT_BOTTLE_EXEC_ID';

export interface ExecOrder {
  readonly container: string;
  readonly request: ExecRequest;
  readonly io: SessionIo;
}

/** Starts the program and connects to it. @throws BottleError `usage` when the bottle does not run */
export async function execBeside(
  { client, runtime }: Connection,
  { container, request, io }: ExecOrder,
): Promise<Session> {
  const input = inputFormOf(runtime, io.tty);
  const marker = randomUUID();
  const id = await createExec(client, container, {
    ...(request.asRoot === true ? { User: '0:0' } : {}),
    // On a terminal the program waits until the terminal has its size: gVisor accepts no size before the start.
    Cmd: io.tty ? gated(named(request.argv)) : unpacked(named(request.argv), input),
    Env: Object.entries({ ...packed(request.env, 'EXEC'), [MARKER]: marker }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    WorkingDir: request.cwd,
    Tty: io.tty,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const socket = await client.upgrade({
    method: 'POST',
    path: `/exec/${id}/start`,
    json: { Detach: false, Tty: io.tty },
  });
  const program: Program = {
    client,
    input,
    resizePath: `/exec/${id}/resize`,
    signal: async (signal) => await signalMarked(client, container, { marker, signal }),
    exitCode: async () => await exitCodeOf(client, id),
  };
  if (io.tty) {
    if (io.size !== undefined) await resizeTerminal(program, io.size);
    socket.write(openingWord(true));
  }
  return openSession(socket, program, io);
}

/**
 * Reports a missing program like the other rungs: same message, exit code 127. An engine has its own message, writes it
 * to standard output, and exits with 126.
 */
const SCRIPT = `command -v -- "$1" >/dev/null || { printf 'bot-bottle: %s: No such file or directory\\n' "$1" >&2; exit 127; }; exec "$@"`;

/** A command line that runs `argv`, or reports that its program is missing. */
const named = (argv: readonly string[]): readonly string[] => ['/bin/sh', '-c', SCRIPT, 'sh', ...argv];

async function createExec(client: EngineClient, container: string, order: object): Promise<string> {
  const { uid, gid } = containerUser();
  const user = { User: `${uid}:${gid}`, Privileged: false };
  try {
    const { Id } = await client.call<{ Id: string }>({
      method: 'POST',
      path: `/containers/${container}/exec`,
      json: { ...user, ...order },
    });
    return Id;
  } catch (error) {
    if (isNotFound(error) || isConflict(error) || /state improper/.test(reasonOf(error)))
      throw new BottleError('usage', 'the bottle does not run', { fix: HAS_ENDED });
    throw error;
  }
}

const EXIT_DEADLINE_MS = 5_000;
/** 128 + SIGKILL, like a shell's exit code. */
const KILLED = 137;

/** The output has ended, so the program has ended too, or the engine will soon record its end. */
async function exitCodeOf(client: EngineClient, id: string): Promise<number> {
  const deadline = Date.now() + EXIT_DEADLINE_MS;
  while (Date.now() < deadline) {
    const exec = await lookUpExec(client, id);
    // The engine forgets the programs of a container that has ended; its end kills them all.
    if (exec === undefined) return KILLED;
    if (!exec.Running && exec.ExitCode !== null) return exec.ExitCode;
    await sleep(10);
  }
  throw new BottleError('dependencyMissing', 'the engine does not say how the program ended', {
    fix: SEE_ENGINE,
  });
}

interface ExecState {
  readonly Running: boolean;
  readonly ExitCode: number | null;
}

async function lookUpExec(client: EngineClient, id: string): Promise<ExecState | undefined> {
  try {
    return await client.call<ExecState>({ method: 'GET', path: `/exec/${id}/json` });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Uses only builtins and `cat`, which every bottle's image has. The shell drops the zero bytes of `environ`. */
const SIGNAL_SCRIPT = `
for process in /proc/[0-9]*; do
  case "$(cat "$process/environ" 2>/dev/null)" in
    *${MARKER}="$1"*) kill -s "$2" "\${process#/proc/}" ;;
  esac
done`;

interface MarkedSignal {
  readonly marker: string;
  readonly signal: NodeJS.Signals;
}

async function signalMarked(
  client: EngineClient,
  container: string,
  { marker, signal }: MarkedSignal,
): Promise<void> {
  const id = await createExec(client, container, {
    Cmd: ['/bin/sh', '-c', SIGNAL_SCRIPT, 'sh', marker, signal.replace(/^SIG/, '')],
  });
  await client.call({ method: 'POST', path: `/exec/${id}/start`, json: { Detach: true } });
}
