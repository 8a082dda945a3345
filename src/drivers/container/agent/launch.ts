import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, reasonOf } from '../../../errors.ts';
import type { Session, SessionIo, TerminalSize } from '../../driver.ts';
import { containerUser } from './agent-container.ts';
import { confirmBounds } from '../readback/bounds.ts';
import { confirmProcess } from '../readback/checked.ts';
import { killContainer, startContainer } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import { knownFix } from '../fixes.ts';
import { confirmMachine } from '../kata/confirm.ts';
import { openingWord } from './gate.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import type { ProcessFacts } from '../readback/process-facts.ts';
import { factsOfRuntime, inputFormOf } from '../rungs.ts';
import { openSession, resizeTerminal, type Program } from './session.ts';
import { createInterface } from 'node:readline';

/** The agent's container: starts it up to its gate, confirms it, opens the gate, and attaches to it again. */

/** An agent's container that waits at its gate. */
export interface WaitingAgent {
  readonly name: string;
  readonly plan: ContainerPlan;
  readonly streams: Socket;
}

/** Connects to the container, then starts it: no log keeps its output. @throws BottleError `rungUnavailable` */
export async function startAgent(connection: Connection, plan: ContainerPlan): Promise<WaitingAgent> {
  const { name } = plan;
  const streams = await connectStreams(connection, name);
  try {
    await startContainer(connection.client, name);
  } catch (error) {
    streams.destroy();
    throw new BottleError('rungUnavailable', 'the agent’s container could not be started', {
      details: [reasonOf(error)],
      fix: knownFix(reasonOf(error)) ?? 'bot-bottle doctor',
      cause: error,
    });
  }
  return { name, plan, streams };
}

/** The facts that the kernel has confirmed. */
export interface Confirmed {
  readonly facts: ProcessFacts;
  /** For the receipt. */
  readonly bounds: Readonly<Record<string, string>>;
}

/**
 * Confirms the agent's confinement and limits with the kernel. `network`: the namespace that it must be in, if another
 * container owns it.
 * @throws BottleError `rungUnavailable`
 */
export async function confirmAgent(
  connection: Connection,
  { name, plan }: WaitingAgent,
  network: string | undefined,
): Promise<Confirmed> {
  const facts = await confirmProcess(connection, { container: name, owner: containerUser(), network });
  const bounds = await confirmBounds(connection, plan, facts.pid);
  if (!factsOfRuntime(connection.runtime).isMachine) return { facts, bounds };
  return { facts, bounds: { ...bounds, ...(await confirmMachine(connection, name, plan.limits)) } };
}

/**
 * Opens the gate: the agent's program starts, on a terminal that already has the right size.
 * @throws BottleError `rungUnavailable` if the connection to it is lost
 */
export async function releaseAgent(
  connection: Connection,
  { name, streams }: WaitingAgent,
  io: SessionIo,
): Promise<Session> {
  const program = agentProgram(connection, name, io.tty);
  if (io.size !== undefined) await resizeTerminal(program, io.size);
  if (streams.destroyed)
    throw new BottleError(
      'rungUnavailable',
      'the connection with the agent’s container was lost before it was let go',
      { fix: 'try again; where it stays so: bot-bottle doctor' },
    );
  streams.write(openingWord(io.tty));
  return watched(connection, name, { session: openSession(streams, program, io), io });
}

interface Watched {
  readonly session: Session;
  readonly io: SessionIo;
}

function watched(connection: Connection, name: string, { session, io }: Watched): Session {
  const [screen, end] = io.tty ? [io.stdout, '\r\n'] : [io.stderr, '\n'];
  endWhenOutOfMemory(connection, name, {
    over: session.exitCode,
    say: (line) => void screen.write(`${line}${end}`),
  });
  return session;
}

/** Connects to an agent that already runs, and makes a full-screen program redraw itself. */
export async function attachAgent(connection: Connection, name: string, io: SessionIo): Promise<Session> {
  const streams = await connectStreams(connection, name);
  const opened = openSession(streams, agentProgram(connection, name, io.tty), io);
  const session = watched(connection, name, { session: opened, io });
  if (io.size !== undefined) void redraw(session, streams, io.size);
  return session;
}

const NUDGES = 5;
const BETWEEN_NUDGES_MS = 150;

/**
 * Programs redraw only when the size changes; a second change is invisible. Podman reports a connection a moment before
 * it exists, and output in that moment is lost: so this repeats the change until output arrives.
 */
async function redraw(session: Session, streams: Socket, size: TerminalSize): Promise<void> {
  const before = streams.bytesRead;
  for (let nudge = 0; nudge < NUDGES && streams.bytesRead === before && !streams.destroyed; nudge++) {
    session.resize({ ...size, rows: size.rows - 1 });
    session.resize(size);
    await sleep(BETWEEN_NUDGES_MS, undefined, { ref: false });
  }
}

async function connectStreams({ client }: Connection, name: string): Promise<Socket> {
  return await client.upgrade({
    method: 'POST',
    path: `/containers/${name}/attach`,
    query: { stream: true, stdin: true, stdout: true, stderr: true },
  });
}

function agentProgram(connection: Connection, name: string, tty: boolean): Program {
  const { client, runtime } = connection;
  return {
    client,
    input: inputFormOf(runtime, tty),
    resizePath: `/containers/${name}/resize`,
    signal: async (signal) => await killContainer(client, name, signal),
    exitCode: async () => {
      const { StatusCode } = await client.call<{ StatusCode: number }>({
        method: 'POST',
        path: `/containers/${name}/wait`,
        timeoutMs: 30_000, // the output has ended, so the container will end soon
      });
      return StatusCode;
    },
  };
}

/**
 * When a bottle reaches its memory limit, the kernel kills one of its processes. If that is a thread of gVisor, gVisor
 * waits for it forever. So this ends the bottle and prints the reason. Docker reports the event (`oom`), Podman does
 * not.
 */

/** Watches until `over` settles; calls `say` before it kills the container. */
function endWhenOutOfMemory(
  connection: Connection,
  container: string,
  { over, say }: { readonly over: Promise<unknown>; readonly say: (line: string) => void },
): void {
  if (factsOfRuntime(connection.runtime).sharesKernel || !connection.dialect.reportsOutOfMemory) return;
  const watching = new AbortController();
  const stop = (): void => watching.abort();
  over.then(stop, stop);
  void watch(connection, container, watching.signal).then((isOut) => {
    if (!isOut) return;
    say('bot-bottle: the bottle ran out of memory (resources: memory)');
    killContainer(connection.client, container, 'SIGKILL').catch(() => undefined); // it has ended by itself
  });
}

async function watch({ client }: Connection, container: string, signal: AbortSignal): Promise<boolean> {
  const filters = { container: [container], event: ['oom'] };
  try {
    const events = await client.stream({
      method: 'GET',
      path: '/events',
      query: { filters: JSON.stringify(filters) },
      signal,
    });
    for await (const line of createInterface({ input: events, signal })) return line !== '';
  } catch {
    // the bottle or the engine has ended: nothing to watch
  }
  return false;
}
