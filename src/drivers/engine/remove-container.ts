import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';
import type { EngineClient } from './client.ts';
import { EngineError, isNotFound } from './errors.ts';

const REMOVE_TIMEOUT_MS = 30_000;

/** Kills and removes a container with the volumes that only it uses; a missing one is fine. */
export async function removeContainer(client: EngineClient, container: string): Promise<void> {
  try {
    await client.call({
      method: 'DELETE',
      path: `/containers/${container}`,
      query: { force: true, v: true },
      timeoutMs: REMOVE_TIMEOUT_MS,
    });
  } catch (error) {
    if (isNotFound(error)) return;
    // Podman's message if another process is faster; its status tells only that something failed.
    if (!/already in progress|no such container/.test(reasonOf(error))) throw error;
    await gone(client, container);
  }
}

/** Waits until another process has removed it. */
async function gone(client: EngineClient, container: string): Promise<void> {
  const deadline = Date.now() + REMOVE_TIMEOUT_MS;
  while ((await idOf(client, `/containers/${container}/json`)) !== undefined) {
    if (Date.now() > deadline) throw new EngineError(`the removal of ${container} does not end`);
    await sleep(20);
  }
}

/** The id of the object at this path (`/containers/NAME/json`, `/networks/NAME`); undefined if there is none. */
export async function idOf(client: EngineClient, path: string): Promise<string | undefined> {
  try {
    return (await client.call<{ Id: string }>({ method: 'GET', path })).Id;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Time for an object to appear, in milliseconds: an engine finishes what a crashed launcher has requested. */
const IN_THE_MAKING_MS = 250;

/** Like `idOf`, for an object that a launcher may have requested just before it ended. */
export async function idOnceMade(client: EngineClient, path: string): Promise<string | undefined> {
  const known = await idOf(client, path);
  if (known !== undefined) return known;
  await sleep(IN_THE_MAKING_MS);
  return await idOf(client, path);
}
