import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BottleSpec, LaunchCheck } from '../driver.ts';
import { askingProgram, notAnswered, verdictOf, type Answer } from '../network/ask-inside.ts';
import { copyOutput } from './engine/demultiplex.ts';
import type { Connection } from './engine/engine.ts';
import { createExec, exitCodeOf } from './exec.ts';
import { hostStackFix } from './fixes.ts';
import { containerName } from './names.ts';
import { factsOfRuntime } from './rungs.ts';

/** Asks the gateway from inside the agent's container, while the agent waits at its gate. */

export interface InsideOrder {
  readonly spec: BottleSpec;
  /** Where the bottle sees its gateway. */
  readonly address: string;
  readonly signal: AbortSignal;
}

/** A network that has just been made may need a moment. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 200;
const ANSWER_MS = 15_000;

const CLIENT_FIX = 'an image with Perl, bash, wget or Node; or start with --network-form bridge';

/**
 * Runs the program of the check as the agent's user on the agent's own runtime, and gives the check that held; none for a runtime
 * that uses the host's network stack, as the other checks have done in the same network namespace.
 * @throws BottleError `rungUnavailable` where the gateway does not answer as this bottle's; the signal's reason
 */
export async function checkFromInside(
  connection: Connection,
  { spec, address, signal }: InsideOrder,
): Promise<readonly LaunchCheck[]> {
  // How it is registered changes nothing: that is what is checked.
  if (!factsOfRuntime(connection.runtime).ownNetworkStack) return [];
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const verdict = verdictOf(spec, await ask(connection, spec, address));
    if ('held' in verdict) return [verdict.held];
    if (!verdict.mayTryAgain) throw notAnswered(verdict.failure, CLIENT_FIX);
    if (attempt === TRIES) throw notAnswered(verdict.failure, hostStackFix(connection));
    await sleep(BETWEEN_TRIES_MS);
  }
}

async function ask({ client }: Connection, spec: BottleSpec, address: string): Promise<Answer> {
  const { argv, env } = askingProgram(spec, address);
  const id = await createExec(client, containerName(spec.id, 'agent'), {
    Cmd: argv,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: '/',
    AttachStdout: true,
    AttachStderr: true,
  });
  const socket = await client.upgrade({
    method: 'POST',
    path: `/exec/${id}/start`,
    json: { Detach: false, Tty: false },
  });
  const late = setTimeout(() => socket.destroy(), ANSWER_MS);
  const output = new PassThrough();
  const said = text(output);
  try {
    await copyOutput(socket, { stdout: output, stderr: output }, false);
  } catch {
    return { exitCode: undefined, said: `no answer within ${ANSWER_MS / 1000} s` };
  } finally {
    clearTimeout(late);
    output.end();
    socket.destroy();
  }
  return { exitCode: await exitCodeOf(client, id), said: await said };
}
