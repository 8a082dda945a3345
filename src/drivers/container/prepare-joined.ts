import { together } from '../../host/together.ts';
import { LOOPBACK_GATEWAY, type BottleSpec, type DriverContext, type PreparedBottle } from '../driver.ts';
import { openByJoining } from '../network/opener.ts';
import { agentPlan, writeGuestFiles } from './agent.ts';
import { checkFromInside } from './check-inside.ts';
import { createChecked } from './checked.ts';
import type { Connection } from './engine/engine.ts';
import type { BottleImages } from './images.ts';
import { confirmAgent, releaseAgent, startAgent } from './launch.ts';

/**
 * The joined form, for root: the agent's container has a separate network with only loopback. While the agent waits at
 * its gate, the opener joins that network from the host, opens the sockets, runs the checks, and leaves. See
 * docs/adr/0001.
 */
export async function prepareByJoining(
  connection: Connection,
  order: { readonly spec: BottleSpec; readonly images: BottleImages },
  context: DriverContext,
): Promise<PreparedBottle> {
  const { spec, images } = order;
  const plan = agentPlan(spec, {
    image: images.agent.digest,
    volumes: images.agentVolumes,
    imageEnv: images.agentEnv,
    network: { kind: 'none' },
    gatewayAddress: LOOPBACK_GATEWAY,
  });
  await together([writeGuestFiles(spec.runDir, LOOPBACK_GATEWAY), context.files]);
  await createChecked(connection, plan, { signal: context.signal });
  const agent = await startAgent(connection, plan);
  const { facts, bounds } = await confirmAgent(connection, agent, undefined);
  const { pid, namespaces } = facts;
  const network = namespaces.net;
  const checks = await openByJoining(spec, { pid, network }, context);
  const inside = { spec, address: LOOPBACK_GATEWAY, signal: context.signal };
  const answered = await checkFromInside(connection, inside);
  return {
    evidence: {
      networkForm: 'joined',
      runtimeKey: connection.runtimeKey,
      image: `${images.agent.reference} ${images.agent.digest}`,
      ...bounds,
      ...(network === undefined ? {} : { networkNamespace: network }),
    },
    checks: [...checks, ...answered],
    launch: async (io) => await releaseAgent(connection, agent, io),
  };
}
