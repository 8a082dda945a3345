import { bridgeName } from '../../../contracts/host-names.ts';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { BottleError } from '../../../errors.ts';
import type { BottleSpec, DriverContext, PreparedBottle } from '../../driver.ts';
import { agentPlan, writeGuestFiles } from '../agent.ts';
import { createChecked } from '../checked.ts';
import type { Connection } from '../engine/engine.ts';
import { unlessMissing } from '../../engine/missing.ts';
import type { BottleImages } from '../images.ts';
import { confirmAgent, releaseAgent, startAgent } from '../launch.ts';
import { innerNetworkName, outerNetworkName, type Subnet } from '../names.ts';
import { checkNetwork } from './checks.ts';
import { installDrop } from './drop.ts';
import { createNetwork } from './network.ts';
import { expectGatewayProgram, openSidecar, type OpenSidecar } from './sidecar.ts';
import { installSourceCheck } from './source-check.ts';
import { together } from '../../../host/together.ts';

/**
 * The bridge form: a separate network for the bottle with its gateway on it, and a host that receives nothing from it.
 */

export interface PrepareOrder {
  readonly spec: BottleSpec;
  readonly images: BottleImages;
}

/** Makes the networks, the drop, the gateway with its source check, and the checks; then the agent's container. */
export async function prepareWithBridge(
  connection: Connection,
  order: PrepareOrder,
  context: DriverContext,
): Promise<PreparedBottle> {
  if (!connection.dialect.bridgesOnHost) throw notHere();
  const { spec, images } = order;
  expectGatewayProgram(spec.foreignGateway);
  const helper = unlessMissing(await connection.helper(context.signal));
  const subnet = await openNetworks(helper, spec.id, context);
  const plan = agentPlan(spec, agentPlace(spec, images, subnet));
  const { signal } = context;
  const nft = { bottleId: spec.id, image: images.helper.digest, signal };
  const [drop, sidecar] = await together([
    installDrop(helper, nft),
    openGateway(helper, order, { subnet, context }),
    writeGuestFiles(spec.runDir, subnet.gatewayAddress),
  ]);
  // Podman creates and configures the bridge with the first container on it.
  const hostSide = confirmHostless(bridgeName(innerNetworkName(spec.id)));
  const [checks, sourceCheck] = await together([
    checkNetwork(connection, {
      bottleId: spec.id,
      image: images.helper.digest,
      subnet,
      minPids: spec.rung.traits.minPids,
      sharesKernel: spec.rung.boundary === 'shared-kernel',
      foreign: spec.foreignGateway,
      signal,
    }),
    // Does not run beside the drop: a container of the same name installs each of them.
    installSourceCheck(helper, { ...nft, sidecar }),
    context.files.then(async () => await createChecked(connection, plan, { signal })),
  ]);
  // Does not run beside the checks: until the drop is confirmed, not even the gate runs on this network.
  const agent = await startAgent(connection, plan);
  const { facts, bounds } = await confirmAgent(connection, agent, undefined);
  const { namespaces } = facts;
  return {
    evidence: {
      networkForm: 'bridge',
      runtimeKey: connection.runtimeKey,
      image: `${images.agent.reference} ${images.agent.digest}`,
      ...bounds,
      subnet: subnet.cidr,
      drop,
      sourceCheck,
      hostSide,
      ...(namespaces.net === undefined ? {} : { networkNamespace: namespaces.net }),
    },
    checks,
    launch: async (io) => await releaseAgent(connection, agent, io),
  };
}

async function openNetworks(connection: Connection, id: string, context: DriverContext): Promise<Subnet> {
  const [inner] = await together([
    createNetwork(connection, { name: innerNetworkName(id), bottleId: id, internal: true }, context),
    createNetwork(connection, { name: outerNetworkName(id), bottleId: id, internal: false }, context),
  ]);
  return inner;
}

async function openGateway(
  connection: Connection,
  { spec, images }: PrepareOrder,
  { subnet, context }: { readonly subnet: Subnet; readonly context: DriverContext },
): Promise<OpenSidecar> {
  const address = subnet.gatewayAddress;
  const files = await context.gateway.configureSidecar({ kind: 'listen', address });
  const { id: bottleId, foreignGateway: foreign } = spec;
  const place = { bottleId, image: images.helper.digest, address, files, foreign };
  return await openSidecar(connection, { place, context });
}

/** The agent's network, with only its gateway. Docker's own resolver, if a program asks it, asks the gateway. */
export function agentPlace(
  spec: BottleSpec,
  images: BottleImages,
  subnet: Subnet,
): Parameters<typeof agentPlan>[1] {
  return {
    image: images.agent.digest,
    volumes: images.agentVolumes,
    imageEnv: images.agentEnv,
    gatewayAddress: subnet.gatewayAddress,
    network: {
      kind: 'networks',
      endpoints: [{ network: innerNetworkName(spec.id), address: subnet.agentAddress }],
      dns: [subnet.gatewayAddress],
    },
  };
}

const notHere = (): BottleError =>
  new BottleError(
    'rungUnavailable',
    'this engine’s bridges are not on this host: the host cannot be closed against them',
    {
      fix: 'a runtime that uses the network it is given (runc, crun), or a rootful engine',
    },
  );

/**
 * A bottle's bridge is also an interface of the host. With an address there, the host would be a neighbour of the
 * bottle, and only the drop would separate them. Two barriers are better, and each is checked. Older engines cannot
 * avoid IPv6's link-local address.
 */

/** Confirms that the host has no address on this bridge. @throws BottleError `rungUnavailable` when it has one */
function confirmHostless(bridge: string): string {
  const found = addressesOn(bridge, networkInterfaces());
  if (found.length === 0) return `${bridge} has no address of the host`;
  throw new BottleError('rungUnavailable', 'the host has an address in the bottle’s network', {
    details: [`${bridge} has ${found.join(', ')}`],
    fix: 'bot-bottle doctor',
  });
}

type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family'>[] | undefined>
>;

/** The addresses by which the bottle could reach the host. Pure. */
export const addressesOn = (bridge: string, interfaces: Interfaces): string[] =>
  (interfaces[bridge] ?? [])
    .filter(({ family, address }) => family === 'IPv4' || !address.startsWith('fe80:'))
    .map(({ address }) => address);
