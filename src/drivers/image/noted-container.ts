import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';
import { idOnceMade, removeContainer } from '../engine/remove-container.ts';
import { imageEngine, type NamedEngine } from './engines.ts';

/**
 * A container that a process will make for work in a folder. A record of it comes first, so that it can be found after
 * a crash.
 */
export interface NotedContainer {
  readonly engine: NamedEngine['name'];
  /** The path of the engine's socket. Undefined: the engine that the environment names. */
  readonly address?: string | undefined;
  readonly name: string;
}

const notePath = (dir: string): string => join(dir, 'container.json');

/** Records the container in the folder. */
export async function noteContainer(dir: string, container: NotedContainer): Promise<void> {
  await writeFileAtomic(notePath(dir), JSON.stringify(container));
}

/**
 * Removes the container that the folder's record names; a missing record or container is fine.
 * @throws BottleError, EngineError
 */
export async function removeNotedContainer(dir: string): Promise<void> {
  const note = await readTextIfThere(notePath(dir));
  if (note === undefined) return;
  const { engine, address, name } = JSON.parse(note) as NotedContainer;
  const { client } = await imageEngine(engine, { signal: new AbortController().signal, address });
  const id = await idOnceMade(client, `/containers/${name}/json`);
  if (id !== undefined) await removeContainer(client, id);
}
