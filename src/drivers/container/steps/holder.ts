import { LOOPBACK_GATEWAY, type BottleSpec } from '../../driver.ts';
import { createChecked } from '../checked.ts';
import { startContainer } from '../containers.ts';
import type { ContainerPlan } from '../hardening.ts';
import { confirmHolder, holderPlan } from '../holder.ts';
import { containerName } from '../names.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import {
  askFromInside,
  confirmAtGate,
  connectHelper,
  containerOf,
  makeAgent,
  sayMake,
  sayReadBack,
  startAtGate,
  writeEtcFiles,
} from './agent.ts';
import type { ContainerStep, ContainerSteps, Known } from './known.ts';

/**
 * The holder form: makes and starts the holder. Then, at the same time, the holder opens the network, and the agent's
 * container starts up to its gate. The gate opens only after both are confirmed. Pure.
 */
export const holderSteps = (spec: BottleSpec, engine: ContainerEngine): ContainerSteps => [
  connectHelper,
  [makeHolder(spec, engine), writeEtcFiles(spec, () => LOOPBACK_GATEWAY)],
  [
    startHolder(spec),
    makeAgent(spec, engine, {
      where: ', in the holder’s network',
      network: () => ({
        network: { kind: 'joined', container: containerName(spec.id, 'holder') },
        gatewayAddress: LOOPBACK_GATEWAY,
      }),
      joined: ({ holder }) => holder,
    }),
  ],
  [confirmOpened, startAtGate(spec)],
  confirmAtGate(spec),
  askFromInside(spec, LOOPBACK_GATEWAY),
];

function makeHolder(spec: BottleSpec, engine: ContainerEngine): ContainerStep {
  const planFor = ({ images, denied }: Known): ContainerPlan =>
    holderPlan(spec, images.helper.digest, denied);
  return {
    says: (planned) => [
      sayMake(planned, 'the holder, whose network has loopback alone', { plan: planFor(planned) }),
      sayReadBack(containerName(spec.id, 'holder')),
    ],
    does: async (running) => {
      const { helper, context } = running;
      return { holder: await createChecked(helper, planFor(running), { signal: context.signal }) };
    },
    makes: [containerOf(spec, engine, 'holder')],
  };
}

const startHolder = ({ id }: BottleSpec): ContainerStep => ({
  says: () => [
    {
      what: 'it opens the gateway’s sockets, hands them over and checks from inside',
      call: [`POST /containers/${containerName(id, 'holder')}/start`],
    },
  ],
  // Need not wait for `listening`: the opener itself waits for the gateway's socket.
  does: async ({ helper, holder }) => await startContainer(helper.client, holder.id),
});

const confirmOpened: ContainerStep = {
  does: async ({ helper, holder, context }) => {
    const { checks, facts } = await confirmHolder(helper, holder, context);
    return { checks, joinedNetwork: facts.namespaces.net };
  },
};
