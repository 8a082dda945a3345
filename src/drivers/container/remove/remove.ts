import { BottleError, linesOf } from '../../../errors.ts';
import type { EngineResource, Resource } from '../../driver.ts';
import { removeDrop } from '../bridge/drop.ts';
import { removeNetwork } from '../bridge/network.ts';
import { idOnceMade, removeContainer } from '../../engine/remove-container.ts';
import { stopContainer } from '../engine/containers.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { unlessMissing } from '../../engine/missing.ts';
import { isNotFound } from '../../engine/errors.ts';
import { ensureImages } from '../image/bottle-images.ts';
import { endLeftovers } from './leftovers.ts';
import { bottleOfInnerNetwork, isAgent, isGateway } from '../names.ts';

/** Removes bottles' leftovers on an engine by name, in any state. Running it again does nothing. */

/**
 * Removes the resources of this engine.
 * @throws BottleError `dependencyMissing` with the resources that could not be removed
 */
export async function removeResources(engine: Engine, resources: readonly Resource[]): Promise<void> {
  const own = resources.filter(
    (resource): resource is EngineResource => 'engine' in resource && resource.engine === engine.name,
  );
  const failures: string[] = [];
  const unanswered: unknown[] = [];
  for (const address of new Set(own.map((one) => one.address))) {
    const there = own.filter((one) => one.address === address);
    try {
      failures.push(...(await removeFrom(unlessMissing(await engine.helper({ address })), there)));
    } catch (error) {
      unanswered.push(error);
    }
  }
  // If an engine does not answer, its record stays: what it names may still run.
  if (unanswered.length > 0) throw unanswered[0];
  if (failures.length === 0) return;
  throw new BottleError('dependencyMissing', `${engine.name} did not remove everything`, {
    details: failures,
    fix: 'bot-bottle gc tries again',
  });
}

/** Removes the resources on one engine. Returns a line for each failure. */
async function removeFrom(connection: Connection, there: readonly EngineResource[]): Promise<string[]> {
  const names = (kind: EngineResource['kind']): string[] =>
    there.filter((one) => one.kind === kind).map(({ name }) => name);
  return [
    ...(await removeContainers(connection, names('container'))),
    ...(await each(names('network'), async (name) => await removeNetworkAndDrop(connection, name))),
    ...(await each(names('volume'), async (name) => await removeVolume(connection.client, name))),
  ];
}

/**
 * Removes the agents first and the gateways last: Podman does not remove a container whose network another one uses.
 */
async function removeContainers(connection: Connection, names: readonly string[]): Promise<string[]> {
  const remove = async (name: string): Promise<void> => {
    const id = await idOnceMade(connection.client, `/containers/${name}/json`);
    if (id === undefined) return;
    if (isGateway(name)) await stopContainer(connection.client, id);
    await removeContainer(connection.client, id);
    await endLeftovers(connection, [id]);
  };
  const others = names.filter((name) => !isAgent(name));
  return [
    ...(await each(names.filter(isAgent), remove)),
    ...(await each(
      others.filter((name) => !isGateway(name)),
      remove,
    )),
    ...(await each(others.filter(isGateway), remove)),
  ];
}

async function each(names: readonly string[], remove: (name: string) => Promise<void>): Promise<string[]> {
  const results = await Promise.allSettled(names.map(remove));
  return results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${names[index]}: ${linesOf(result.reason).join(': ')}`] : [],
  );
}

/** Removing the network removes the bridge; of the drop, only an empty table remains. */
async function removeNetworkAndDrop(connection: Connection, network: string): Promise<void> {
  const id = await idOnceMade(connection.client, `/networks/${network}`);
  if (id !== undefined) await removeNetwork(connection.client, id);
  const bottleId = bottleOfInnerNetwork(network);
  if (bottleId === undefined) return;
  const signal = new AbortController().signal;
  const { helper } = await ensureImages(
    connection,
    { kind: 'default' },
    { progress: () => undefined, signal },
  );
  await removeDrop(connection, { bottleId, image: helper.digest, signal });
}

async function removeVolume(client: EngineClient, name: string): Promise<void> {
  try {
    await client.call({ method: 'DELETE', path: `/volumes/${name}`, query: { force: true } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
