import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadline } from '../../../host/deadline.ts';
import { BottleError, AS_IT_SAYS, DOCTOR_OR_REPORT } from '../../../errors.ts';
import type { DriverContext } from '../../driver.ts';
import { inspectContainer } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import type { ProgramOutput } from '../engine/output.ts';
import type { SidecarPlace } from './sidecar.ts';

/** Decides when a gateway in a separate container serves: by its reports, or by its answers. */

export interface StartingSidecar {
  readonly connection: Connection;
  /** The container's id. */
  readonly sidecar: string;
  readonly said: ProgramOutput;
  readonly place: SidecarPlace;
  readonly context: Pick<DriverContext, 'signal' | 'gateway'>;
}

const READY_DEADLINE_MS = 20_000;
const BETWEEN_LOOKS_MS = 50;

/**
 * Reads the `GatewayEvent`s of bot-bottle's own gateway up to `ready`.
 * @throws BottleError `rungUnavailable` with its output
 */
export async function reportsReady({ said, context: { signal, gateway } }: StartingSidecar): Promise<void> {
  const ending = deadline(READY_DEADLINE_MS, signal);
  const complaints = text(said.stderr);
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: said.stdout, signal: ending })) {
      const { event, certificate } = eventIn(line);
      if (event === 'authority' && certificate !== undefined) await gateway.trustAuthority(certificate);
      if (event === 'ready') return;
      lines.push(line);
    }
  } finally {
    said.close();
  }
  signal.throwIfAborted();
  throw notUp([...lines, ...(await complaints).trim().split('\n')], DOCTOR_OR_REPORT);
}

/** The fields of a line of the gateway's protocol that matter here. */
function eventIn(line: string): { readonly event?: unknown; readonly certificate?: string } {
  try {
    return JSON.parse(line) as ReturnType<typeof eventIn>;
  } catch {
    return {};
  }
}

/**
 * Runs a command in the gateway's container until it exits with 0. The returned function throws BottleError
 * `rungUnavailable` with the gateway's output.
 */
export function untilHealthy(argv: (place: SidecarPlace) => readonly string[]) {
  return async ({ connection, sidecar, said, place, context }: StartingSidecar): Promise<void> => {
    const complaints = Promise.all([text(said.stdout), text(said.stderr)]);
    const deadline = Date.now() + READY_DEADLINE_MS;
    try {
      while (!(await isHealthy(connection, sidecar, argv(place)))) {
        context.signal.throwIfAborted();
        const { State: state } = await inspectContainer(connection, sidecar);
        if (state?.Running !== true || Date.now() > deadline) break;
        await sleep(BETWEEN_LOOKS_MS);
      }
    } finally {
      said.close();
    }
    if (await isHealthy(connection, sidecar, argv(place))) return;
    throw notUp((await complaints).join('').trim().split('\n'), AS_IT_SAYS);
  };
}

async function isHealthy(
  { client }: Connection,
  container: string,
  argv: readonly string[],
): Promise<boolean> {
  try {
    const { Id } = await client.call<{ Id: string }>({
      method: 'POST',
      path: `/containers/${container}/exec`,
      json: { Cmd: argv, Privileged: false },
    });
    await client.call({ method: 'POST', path: `/exec/${Id}/start`, json: { Detach: true } });
    for (;;) {
      const { Running, ExitCode } = await client.call<{ Running: boolean; ExitCode: number | null }>({
        method: 'GET',
        path: `/exec/${Id}/json`,
      });
      if (!Running && ExitCode !== null) return ExitCode === 0;
      await sleep(10);
    }
  } catch {
    return false; // the container does not run (yet): its state tells which
  }
}

const notUp = (said: readonly string[], fix: string): BottleError =>
  new BottleError('rungUnavailable', 'the gateway did not come up', { details: said.slice(-8), fix });
