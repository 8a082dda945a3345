import { BottleError, reasonOf } from '../../errors.ts';
import type { Session, SessionIo } from '../driver.ts';
import { containerUser } from './agent.ts';
import { confirmProcess } from './checked.ts';
import { killContainer, startContainer } from './containers.ts';
import type { Connection } from './engine/engine.ts';
import { openSession, type Program } from './session.ts';

/** The agent's program: started, connected, and connected to again. */

export interface AgentContainer {
  readonly name: string;
  /** The network namespace it must be in, where another container owns it. */
  readonly network: string | undefined;
}

/** Starts the agent, connected; ends it again unless the kernel confirms its confinement. */
export async function launchAgent(
  connection: Connection,
  agent: AgentContainer,
  io: SessionIo,
): Promise<Session> {
  const { client } = connection;
  const socket = await connectStreams(connection, agent.name);
  try {
    await startContainer(client, agent.name);
  } catch (error) {
    socket.destroy();
    throw new BottleError('rungUnavailable', 'the agent’s program could not be started', {
      details: [reasonOf(error)],
      cause: error,
    });
  }
  const session = openSession(socket, agentProgram(connection, agent.name), io);
  try {
    await confirmProcess(connection, {
      container: agent.name,
      owner: containerUser(),
      network: agent.network,
    });
  } catch (error) {
    session.exitCode.catch(() => undefined);
    await killContainer(client, agent.name, 'SIGKILL');
    throw error;
  }
  return session;
}

/** Connects to an agent that runs already, and has a full-screen program draw itself again. */
export async function attachAgent(connection: Connection, name: string, io: SessionIo): Promise<Session> {
  const session = openSession(await connectStreams(connection, name), agentProgram(connection, name), io);
  if (io.size !== undefined) {
    // Programs draw at a change of size only; that they are asked twice shows nowhere.
    session.resize({ ...io.size, rows: io.size.rows - 1 });
    session.resize(io.size);
  }
  return session;
}

async function connectStreams(
  { client }: Connection,
  name: string,
): ReturnType<Connection['client']['upgrade']> {
  return await client.upgrade({
    method: 'POST',
    path: `/containers/${name}/attach`,
    query: { stream: true, stdin: true, stdout: true, stderr: true },
  });
}

function agentProgram(connection: Connection, name: string): Program {
  const { client } = connection;
  return {
    client,
    resizePath: `/containers/${name}/resize`,
    signal: async (signal) => await killContainer(client, name, signal),
    exitCode: async () => {
      const { StatusCode } = await client.call<{ StatusCode: number }>({
        method: 'POST',
        path: `/containers/${name}/wait`,
        timeoutMs: 30_000, // its output has ended, so it is about to
      });
      return StatusCode;
    },
  };
}
