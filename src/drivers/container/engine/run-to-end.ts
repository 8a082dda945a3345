import { text } from 'node:stream/consumers';
import { createChecked } from '../readback/checked.ts';
import { removeContainer } from '../../engine/remove-container.ts';
import { startContainer } from './containers.ts';
import type { Connection } from './engine.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { openOutput } from './output.ts';

/** Runs short programs of bot-bottle in containers, and returns their output and exit code. */

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShortRun {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly joinedId?: string;
}

/**
 * Makes a container, runs it to its end and removes it, even after a failure.
 * @throws EngineError when it cannot be started or does not end in time; BottleError when its settings differ from the
 * plan
 */
export async function runToEnd(connection: Connection, plan: ContainerPlan, run: ShortRun): Promise<Ended> {
  const { client } = connection;
  await removeContainer(client, plan.name); // a crash may have left it
  try {
    const { id } = await createChecked(connection, plan, run);
    const { stdout, stderr } = await openOutput(client, id);
    const said = Promise.all([text(stdout), text(stderr)]);
    await startContainer(client, id);
    const { StatusCode } = await client.call<{ StatusCode: number }>({
      method: 'POST',
      path: `/containers/${id}/wait`,
      timeoutMs: run.timeoutMs,
      signal: run.signal,
    });
    const [out, err] = await said;
    return { exitCode: StatusCode, stdout: out, stderr: err };
  } finally {
    await removeContainer(client, plan.name);
  }
}
