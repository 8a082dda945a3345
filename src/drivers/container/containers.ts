import type { Connection } from './engine/engine.ts';
import { isConflict, isNotFound } from '../engine/errors.ts';
import type { EngineClient } from '../engine/client.ts';
import { createBody, type ContainerPlan, type CreateBody } from './hardening.ts';
import { BOTTLE_LABEL } from './names.ts';
import type { Inspected } from './readback.ts';

/** The calls that make, look at and end containers; each with a deadline. */

/** gVisor on a busy host needs more than a second; nothing that is well needs this long. */
const START_TIMEOUT_MS = 30_000;

export interface Created {
  readonly id: string;
  readonly name: string;
  readonly body: CreateBody;
}

/**
 * Makes the container; it does not run yet. Not to be interrupted: the engine would go on, and removal find nothing yet.
 * @throws EngineError
 */
export async function createContainer(
  { client, body: dialect }: Connection,
  plan: ContainerPlan,
): Promise<Created> {
  const body = createBody(plan, { [BOTTLE_LABEL]: plan.bottleId }, dialect);
  const { Id } = await client.call<{ Id: string }>({
    method: 'POST',
    path: '/containers/create',
    query: { name: plan.name },
    json: body,
    timeoutMs: START_TIMEOUT_MS,
  });
  return { id: Id, name: plan.name, body };
}

/** @throws EngineError with what the runtime said */
export async function startContainer(client: EngineClient, container: string): Promise<void> {
  await client.call({
    method: 'POST',
    path: `/containers/${container}/start`,
    timeoutMs: START_TIMEOUT_MS,
  });
}

/** @throws EngineError, with status 404 where there is no such container */
export async function inspectContainer(
  { client, dialect }: Connection,
  container: string,
): Promise<Inspected> {
  return await client.call<Inspected>({ method: 'GET', path: dialect.inspectPath(container) });
}

/** Sends a signal to the container's first program; one that has ended already is fine. */
export async function killContainer(client: EngineClient, container: string, signal: string): Promise<void> {
  try {
    await client.call({ method: 'POST', path: `/containers/${container}/kill`, query: { signal } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Asks a container's program to end, and gives it a second to say its last; fine when it does not run, or does not answer. */
export async function stopContainer(client: EngineClient, container: string): Promise<void> {
  const call = {
    method: 'POST',
    path: `/containers/${container}/stop`,
    query: { t: 1 },
    timeoutMs: 5_000,
  } as const;
  // What is left of it is removed next, whatever came of this.
  await client.call(call).catch(() => undefined);
}
