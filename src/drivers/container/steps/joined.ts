import { assetPath } from '../../../host/paths.ts';
import { LOOPBACK_GATEWAY, type BottleSpec } from '../../driver.ts';
import { handoverSocket, openByJoining, openerCall } from '../../network/opener.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import { askFromInside, confirmAtGate, makeAgent, startAtGate, writeEtcFiles } from './agent.ts';
import type { ContainerStep, ContainerSteps } from './known.ts';

/**
 * The joined form, for root: the agent's container has a separate network with only loopback. While the agent waits at
 * its gate, the opener joins that network from the host, opens the sockets, runs the checks, and leaves. See
 * docs/adr/0001. Pure.
 */
export const joinedSteps = (spec: BottleSpec, engine: ContainerEngine): ContainerSteps => [
  writeEtcFiles(spec, () => LOOPBACK_GATEWAY),
  makeAgent(spec, engine, {
    where: ', whose network has loopback alone',
    network: () => ({ network: { kind: 'none' }, gatewayAddress: LOOPBACK_GATEWAY }),
  }),
  startAtGate(spec),
  confirmAtGate(spec),
  joinNetwork(spec),
  askFromInside(spec, LOOPBACK_GATEWAY),
];

const joinNetwork = (spec: BottleSpec): ContainerStep => ({
  says: ({ denied }) => [
    {
      what: 'join that network: open the gateway’s sockets, hand them over and check from inside',
      call: openerCall({
        programDir: assetPath('handover'),
        socketPath: handoverSocket(spec.runDir),
        address: spec.rung.traits.gatewayAddress,
        network: 'PID',
        denied,
      }),
    },
  ],
  does: async ({ agentProcess, context }) => ({ checks: await openByJoining(spec, agentProcess, context) }),
});
