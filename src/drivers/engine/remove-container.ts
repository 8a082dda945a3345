import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';
import type { EngineClient } from './client.ts';
import { EngineError, isNotFound } from './errors.ts';

const REMOVE_TIMEOUT_MS = 30_000;

/** Ends and removes a container with the volumes that only it uses; not being there is fine. */
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
    // Podman's words where another is faster, with a status that says no more than that something failed.
    if (!/already in progress|no such container/.test(reasonOf(error))) throw error;
    await gone(client, container);
  }
}

/** Somebody else is removing it: done when they are. */
async function gone(client: EngineClient, container: string): Promise<void> {
  const deadline = Date.now() + REMOVE_TIMEOUT_MS;
  while ((await idOf(client, `/containers/${container}/json`)) !== undefined) {
    if (Date.now() > deadline) throw new EngineError(`the removal of ${container} does not end`);
    await sleep(20);
  }
}

/** The id of what is at this path (`/containers/NAME/json`, `/networks/NAME`), or undefined where there is nothing. */
export async function idOf(client: EngineClient, path: string): Promise<string | undefined> {
  try {
    return (await client.call<{ Id: string }>({ method: 'GET', path })).Id;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What a crashed launcher asked for may not be there yet: an engine finishes what it has begun. */
const IN_THE_MAKING_MS = 250;

/** The same, of what a launcher that is gone may have asked for in its last moment. */
export async function idOnceMade(client: EngineClient, path: string): Promise<string | undefined> {
  const known = await idOf(client, path);
  if (known !== undefined) return known;
  await sleep(IN_THE_MAKING_MS);
  return await idOf(client, path);
}
