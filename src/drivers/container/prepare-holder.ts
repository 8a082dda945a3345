import { LOOPBACK_GATEWAY, type BottleSpec, type DriverContext, type PreparedBottle } from '../driver.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { agentPlan, writeGuestFiles } from './agent.ts';
import { checkFromInside } from './check-inside.ts';
import { createChecked } from './checked.ts';
import { startContainer } from './containers.ts';
import type { Connection } from './engine/engine.ts';
import { unlessMissing } from '../engine/missing.ts';
import { confirmHolder, holderPlan } from './holder.ts';
import type { BottleImages } from './images.ts';
import { confirmAgent, releaseAgent, startAgent } from './launch.ts';
import { containerName } from './names.ts';
import { together } from '../../host/together.ts';

/**
 * The holder form: makes and starts the holder. Then, at the same time, the holder opens the network, and the agent's
 * container starts up to its gate. The gate opens only after both are confirmed.
 */
export async function prepareWithHolder(
  connection: Connection,
  order: { readonly spec: BottleSpec; readonly images: BottleImages },
  context: DriverContext,
): Promise<PreparedBottle> {
  const { spec, images } = order;
  const { signal } = context;
  const helper = unlessMissing(await connection.helper(signal));
  const plan = agentPlan(spec, {
    image: images.agent.digest,
    volumes: images.agentVolumes,
    imageEnv: images.agentEnv,
    network: { kind: 'joined', container: containerName(spec.id, 'holder') },
    gatewayAddress: LOOPBACK_GATEWAY,
  });
  const [holder] = await together([
    createChecked(helper, holderPlan(spec, images.helper.digest, unreachablePlaces()), { signal }),
    writeGuestFiles(spec.runDir, LOOPBACK_GATEWAY),
  ]);
  await together([
    // Need not wait for `listening`: the opener itself waits for the gateway's socket.
    startContainer(helper.client, holder.id),
    context.files.then(async () => await createChecked(connection, plan, { joinedId: holder.id, signal })),
  ]);
  const [open, agent] = await together([
    confirmHolder(helper, holder, context),
    startAgent(connection, plan),
  ]);
  const network = open.facts.namespaces.net;
  const { bounds } = await confirmAgent(connection, agent, network);
  const answered = await checkFromInside(connection, { spec, address: LOOPBACK_GATEWAY, signal });
  return {
    evidence: {
      networkForm: 'holder',
      runtimeKey: connection.runtimeKey,
      image: `${images.agent.reference} ${images.agent.digest}`,
      ...bounds,
      ...(network === undefined ? {} : { networkNamespace: network }),
    },
    checks: [...open.checks, ...answered],
    launch: async (io) => await releaseAgent(connection, agent, io),
  };
}
