import { GUEST, type BottleSpec, type DriverContext, type PreparedBottle } from '../driver.ts';
import { agentPlan, writeGuestFiles } from './agent.ts';
import { createChecked } from './checked.ts';
import { connected, type Connection } from './engine/engine.ts';
import { createHolder, holderPlan, openHolder } from './holder.ts';
import type { BottleImages } from './images.ts';
import { launchAgent } from './launch.ts';
import { containerName } from './names.ts';
import { unreachablePlaces } from './unreachable.ts';
import { together } from './together.ts';

/** The holder form: nothing to reach by construction. */

/** Makes the holder, and while it opens the network, the agent's container beside it. */
export async function prepareWithHolder(
  connection: Connection,
  order: { readonly spec: BottleSpec; readonly images: BottleImages },
  context: DriverContext,
): Promise<PreparedBottle> {
  const { spec, images } = order;
  const { signal } = context;
  const helper = connected(await connection.helper(signal));
  const plan = agentPlan(spec, {
    image: images.agent.digest,
    volumes: images.agentVolumes,
    network: { kind: 'joined', container: containerName(spec.id, 'holder') },
    gatewayAddress: GUEST.gatewayAddress,
  });
  await context.record({ kind: 'container', engine: connection.engine, name: plan.name });
  const [holder] = await together([
    createHolder(helper, holderPlan(spec, images.helper.digest, unreachablePlaces()), context),
    writeGuestFiles(spec.runDir, GUEST.gatewayAddress),
  ]);
  const [open] = await together([
    openHolder(helper, holder, context),
    createChecked(connection, plan, { joinedId: holder.id, signal }),
  ]);
  const network = open.facts?.namespaces.net;
  return {
    evidence: {
      networkForm: 'holder',
      runtimeKey: connection.runtimeKey,
      image: `${images.agent.reference} ${images.agent.digest}`,
      ...(network === undefined ? {} : { networkNamespace: network }),
    },
    checks: open.checks,
    launch: async (io) => await launchAgent(connection, { name: plan.name, network }, io),
  };
}
