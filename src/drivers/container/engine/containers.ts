import type { Connection } from './engine.ts';
import { isConflict, isNotFound } from '../../engine/errors.ts';
import type { EngineClient } from '../../engine/client.ts';
import { createBody, type ContainerPlan, type CreateBody } from '../body/hardening.ts';
import { BOTTLE_LABEL } from '../names.ts';
import type { Inspected } from '../readback/readback.ts';

/** The calls that create, inspect and end containers, each with a deadline. */

/** gVisor on a busy host needs more than a second; no healthy start takes this long. */
const START_TIMEOUT_MS = 30_000;

export interface Created {
  readonly id: string;
  readonly name: string;
  readonly body: CreateBody;
}

/**
 * Makes the container; it does not run yet. Takes no abort signal: the engine would go on after an abort, and removal
 * would not find the container yet.
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

/** Starts the container. @throws EngineError with the runtime's message */
export async function startContainer(client: EngineClient, container: string): Promise<void> {
  await client.call({
    method: 'POST',
    path: `/containers/${container}/start`,
    timeoutMs: START_TIMEOUT_MS,
  });
}

/** Inspects the container. @throws EngineError, with status 404 if the container does not exist */
export async function inspectContainer(
  { client, dialect }: Connection,
  container: string,
): Promise<Inspected> {
  return await client.call<Inspected>({ method: 'GET', path: dialect.inspectPath(container) });
}

/** Sends a signal to the container's first program; succeeds if it has already ended. */
export async function killContainer(client: EngineClient, container: string, signal: string): Promise<void> {
  try {
    await client.call({ method: 'POST', path: `/containers/${container}/kill`, query: { signal } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Asks a container's program to end, and gives it a second for its last output; ignores all errors. */
export async function stopContainer(client: EngineClient, container: string): Promise<void> {
  const call = {
    method: 'POST',
    path: `/containers/${container}/stop`,
    query: { t: 1 },
    timeoutMs: 5_000,
  } as const;
  // The caller removes the container next, whatever the result of this call.
  await client.call(call).catch(() => undefined);
}
