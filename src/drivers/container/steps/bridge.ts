import { bridgeName } from '../../../contracts/host-names.ts';
import type { BottleSpec, PlanStep } from '../../driver.ts';
import { checkNetwork, checksPlan, type ChecksOrder } from '../bridge/checks.ts';
import { dropScript, installDrop } from '../bridge/drop.ts';
import { firewallPlan } from '../bridge/firewall.ts';
import { confirmHostless, expectBridgesOnHost } from '../bridge/host-side.ts';
import { createNetwork } from '../bridge/network.ts';
import { expectGatewayProgram, openSidecar, sidecarPlan, type SidecarPlace } from '../bridge/sidecar.ts';
import { installSourceCheck, sourceCheckScript } from '../bridge/source-check.ts';
import type { SidecarFiles } from '../../../contracts/gateway.ts';
import {
  BOTTLE_LABEL,
  containerName,
  dropTableName,
  innerNetworkName,
  outerNetworkName,
  subnetOf,
} from '../names.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import { factsOfRuntime } from '../rungs.ts';
import type { AgentNetwork } from '../agent/agent-container.ts';
import {
  confirmAtGate,
  connectHelper,
  containerOf,
  makeAgent,
  sayMake,
  startAtGate,
  writeEtcFiles,
} from './agent.ts';
import { printNetwork } from './print.ts';
import type { ContainerStep, ContainerSteps, Known } from './known.ts';

/**
 * The bridge form: a separate network for the bottle with its gateway on it, and a host that receives nothing from it.
 * Makes the networks, the drop, the gateway with its source check, and the checks; then the agent's container. Pure.
 */
export const bridgeSteps = (spec: BottleSpec, engine: ContainerEngine): ContainerSteps => [
  expectUsable(spec),
  connectHelper,
  [
    makeNetwork(spec, engine, {
      name: innerNetworkName(spec.id),
      who: 'the bottle’s own network',
      internal: true,
    }),
    makeNetwork(spec, engine, {
      name: outerNetworkName(spec.id),
      who: 'the gateway’s way out',
      internal: false,
    }),
  ],
  [
    closeHost(spec, engine),
    openGateway(spec, engine),
    writeEtcFiles(spec, ({ subnet }) => subnet.gatewayAddress),
  ],
  // Podman creates and configures the bridge with the first container on it.
  confirmHostSide(spec),
  [
    // Does not run beside the drop: a container of the same name installs each of them.
    checkSources(spec),
    checkFromNetwork(spec, engine),
    makeAgent(spec, engine, { where: '', network: ({ subnet }) => agentNetwork(spec, subnet) }),
  ],
  // Does not run beside the checks: until the drop is confirmed, not even the gate runs on this network.
  startAtGate(spec),
  confirmAtGate(spec),
];

/** The agent's network, with only its gateway. Docker's own resolver, if a program asks it, asks the gateway. */
const agentNetwork = (
  { id }: BottleSpec,
  { agentAddress, gatewayAddress }: Known['subnet'],
): AgentNetwork => ({
  gatewayAddress,
  network: {
    kind: 'networks',
    endpoints: [{ network: innerNetworkName(id), address: agentAddress }],
    dns: [gatewayAddress],
  },
});

const expectUsable = ({ foreignGateway }: BottleSpec): ContainerStep => ({
  does: async ({ connection }) => {
    expectBridgesOnHost(connection);
    expectGatewayProgram(foreignGateway);
  },
});

interface NetworkStep {
  readonly name: string;
  /** Completes `make`. */
  readonly who: string;
  readonly internal: boolean;
}

const makeNetwork = (
  spec: BottleSpec,
  engine: ContainerEngine,
  { name, who, internal }: NetworkStep,
): ContainerStep => ({
  says: (planned) => {
    const labels = { [BOTTLE_LABEL]: spec.id };
    const network = { name, bridge: bridgeName(name), cidr: subnetOf(name, 0).cidr, internal, labels };
    return [{ what: `make ${who}`, call: printNetwork(planned.engine, network) }];
  },
  does: async ({ helper, context }) => {
    const made = await createNetwork(helper, { name, bottleId: spec.id, internal }, context);
    return internal ? { subnet: made, evidence: { subnet: made.cidr } } : {};
  },
  makes: [{ kind: 'network', engine, address: spec.rung.address, name }],
});

const nftOrder = ({ id }: BottleSpec, { images }: Known) => ({ bottleId: id, image: images.helper.digest });

function closeHost(spec: BottleSpec, engine: ContainerEngine): ContainerStep {
  const inner = innerNetworkName(spec.id);
  const script = dropScript(dropTableName(inner), bridgeName(inner));
  return {
    says: (planned) => [
      sayMake(planned, 'the drop of all that comes from the bridge to the host', {
        plan: firewallPlan({ ...nftOrder(spec, planned), script }, { kind: 'host' }),
      }),
    ],
    does: async (running) => {
      const { helper, context } = running;
      const drop = await installDrop(helper, { ...nftOrder(spec, running), signal: context.signal });
      return { evidence: { drop } };
    },
    makes: [containerOf(spec, engine, 'firewall')],
  };
}

const PLANNED_FILES: SidecarFiles = {
  configPath: 'CONFIGURATION',
  input: () => '',
  mounts: [],
  published: [],
};

function openGateway(spec: BottleSpec, engine: ContainerEngine): ContainerStep {
  const { id: bottleId, foreignGateway: foreign } = spec;
  const placeFor = ({ images, subnet }: Known, files: SidecarFiles): SidecarPlace => ({
    bottleId,
    image: images.helper.digest,
    address: subnet.gatewayAddress,
    files,
    foreign,
  });
  const who = foreign === undefined ? 'the gateway' : `${foreign.engine} as the gateway`;
  return {
    says: (planned) => [sayMake(planned, who, { plan: sidecarPlan(placeFor(planned, PLANNED_FILES)) })],
    does: async (running) => {
      const { helper, context, subnet } = running;
      const files = await context.gateway.configureSidecar({
        kind: 'listen',
        address: subnet.gatewayAddress,
      });
      return { sidecar: await openSidecar(helper, { place: placeFor(running, files), context }) };
    },
    makes: [containerOf(spec, engine, 'gateway')],
  };
}

const confirmHostSide = ({ id }: BottleSpec): ContainerStep => {
  const bridge = bridgeName(innerNetworkName(id));
  return {
    says: () => [
      { what: 'confirm that the host has no address on the bridge', call: [`the addresses of ${bridge}`] },
    ],
    does: async () => ({ evidence: { hostSide: confirmHostless(bridge) } }),
  };
};

const checkSources = (spec: BottleSpec): ContainerStep => ({
  says: (planned) => [sayCheckSources(spec, planned)],
  does: async (running) => {
    const { helper, sidecar, context } = running;
    const order = { ...nftOrder(spec, running), sidecar, signal: context.signal };
    return { evidence: { sourceCheck: await installSourceCheck(helper, order) } };
  },
});

function sayCheckSources(spec: BottleSpec, planned: Parameters<typeof sayMake>[0]): PlanStep {
  const network = { kind: 'joined', container: containerName(spec.id, 'gateway') } as const;
  const plan = firewallPlan({ ...nftOrder(spec, planned), script: sourceCheckScript() }, network);
  return sayMake(planned, 'the drop of forged sources in the gateway’s network', { plan });
}

function checkFromNetwork(spec: BottleSpec, engine: ContainerEngine): ContainerStep {
  const orderFor = (known: Known): Omit<ChecksOrder, 'signal'> => ({
    ...nftOrder(spec, known),
    subnet: known.subnet,
    denied: known.denied,
    minPids: spec.rung.traits.minPids,
    sharesKernel: spec.rung.boundary === 'shared-kernel',
    foreign: spec.foreignGateway,
  });
  const ownRuntime = factsOfRuntime(spec.rung.runtime).runtime;
  return {
    says: (planned) => [
      sayMake(planned, 'the checks from inside', {
        plan: checksPlan(orderFor(planned), { port: 0, token: '...' }),
        ownRuntime,
      }),
    ],
    does: async (running) => {
      const { connection, context } = running;
      return { checks: await checkNetwork(connection, { ...orderFor(running), signal: context.signal }) };
    },
    makes: [containerOf(spec, engine, 'checks')],
  };
}
