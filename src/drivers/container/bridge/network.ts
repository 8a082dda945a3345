import { bridgeName } from '../../../contracts/host-names.ts';
import { BottleError, reasonOf } from '../../../errors.ts';
import type { DriverContext } from '../../driver.ts';
import { addressOf, type Connection } from '../engine/engine.ts';
import { EngineError, isNotFound } from '../../engine/errors.ts';
import type { EngineClient } from '../../engine/client.ts';
import { BOTTLE_LABEL, subnetOf, type Subnet } from '../names.ts';

/** The networks of a bottle in the bridge form. */

export interface NetworkOrder {
  readonly name: string;
  readonly bottleId: string;
  /** True: no way to the host or to other networks. False: an ordinary network. */
  readonly internal: boolean;
}

const ATTEMPTS = 32;
const CREATE_TIMEOUT_MS = 30_000;

/**
 * Makes a network with addresses that bot-bottle chooses; if they are taken, tries the next ones.
 * @throws BottleError `rungUnavailable` when the engine makes none
 */
export async function createNetwork(
  connection: Connection,
  order: NetworkOrder,
  context: Pick<DriverContext, 'record' | 'signal'>,
): Promise<Subnet> {
  const { engine } = connection;
  await context.record({ kind: 'network', engine, ...addressOf(connection), name: order.name });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const subnet = subnetOf(order.name, attempt);
    const { path, json } = connection.dialect.networkCall({
      name: order.name,
      bridge: bridgeName(order.name),
      cidr: subnet.cidr,
      internal: order.internal,
      labels: { [BOTTLE_LABEL]: order.bottleId },
    });
    try {
      context.signal.throwIfAborted(); // does not interrupt the call itself: removal would find nothing yet
      await connection.client.call({ method: 'POST', path, json, timeoutMs: CREATE_TIMEOUT_MS });
      return subnet;
    } catch (error) {
      if (!isTaken(error)) throw notMade(order.name, error);
    }
  }
  throw notMade(order.name, new Error(`${ATTEMPTS} subnets of 198.18.0.0/15 are taken`));
}

/** Docker: "Pool overlaps with other one on this address space"; Podman: "subnet ... is already used". */
const isTaken = (error: unknown): boolean =>
  error instanceof EngineError && /overlaps|already used|conflict.*subnet/i.test(error.message);

const notMade = (name: string, error: unknown): BottleError =>
  new BottleError('rungUnavailable', `the network ${name} could not be made`, {
    details: [reasonOf(error)],
    fix: 'bot-bottle gc removes what earlier bottles left',
    cause: error,
  });

/** Removes a network; a missing one is fine. */
export async function removeNetwork(client: EngineClient, name: string): Promise<void> {
  try {
    await client.call({ method: 'DELETE', path: `/networks/${name}`, timeoutMs: CREATE_TIMEOUT_MS });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
