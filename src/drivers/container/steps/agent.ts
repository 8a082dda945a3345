import type { BottleSpec, PlanStep } from '../../driver.ts';
import { INSIDE_CALL } from '../../kata/inside.ts';
import { unlessMissing } from '../../engine/missing.ts';
import { agentPlan, writeGuestFiles, type AgentNetwork } from '../agent/agent-container.ts';
import { checkFromInside } from '../agent/check-inside.ts';
import { createChecked } from '../readback/checked.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { confirmAgent, releaseAgent, startAgent } from '../agent/launch.ts';
import { containerName, type Role } from '../names.ts';
import type { ContainerEngine } from '../../../contracts/rungs.ts';
import { factsOfRuntime, type ContainerRuntime } from '../rungs.ts';
import { printCreate } from './print.ts';
import type { ContainerStep, Known, Planned, Running } from './known.ts';

/** The steps that several network forms share: most of them about the agent's container. */

/** The record of a bottle's container. */
export const containerOf = (spec: BottleSpec, engine: ContainerEngine, role: Role) =>
  ({ kind: 'container', engine, address: spec.rung.address, name: containerName(spec.id, role) }) as const;

/** A container, on the bottle's runtime or on the helpers' one. */
interface PlannedContainer {
  readonly plan: ContainerPlan;
  readonly ownRuntime?: ContainerRuntime;
}

/** The line for making a container; `who` completes `make`. */
export const sayMake = (
  { engine }: Planned,
  who: string,
  { plan, ownRuntime }: PlannedContainer,
): PlanStep => ({ what: `make ${who}`, call: printCreate(engine, plan, ownRuntime) });

export const sayReadBack = (name: string): PlanStep => ({
  what: 'read back what the engine applied; refuse on any difference',
  call: [`GET /containers/${name}/json`],
});

/** Connects to the engine for containers that do not depend on the bottle's runtime. */
export const connectHelper: ContainerStep = {
  does: async ({ connection, context }) => ({
    helper: unlessMissing(await connection.helper(context.signal)),
  }),
};

/** Writes the bottle's own files of /etc. */
export const writeEtcFiles = (spec: BottleSpec, addressOf: (known: Known) => string): ContainerStep => ({
  does: async (running) => await writeGuestFiles(spec.runDir, addressOf(running)),
});

export interface AgentStep {
  /** Completes `make the agent`. */
  readonly where: string;
  readonly network: (known: Known) => AgentNetwork;
  /** The container whose network the agent joins, if it joins one. */
  readonly joined?: (running: Running) => { readonly id: string };
}

/** Makes the agent's container, once the bottle's files exist. */
export function makeAgent(
  spec: BottleSpec,
  engine: ContainerEngine,
  { where, network, joined }: AgentStep,
): ContainerStep {
  const planFor = (known: Known): ContainerPlan => agentPlan(spec, known.images, network(known));
  const ownRuntime = factsOfRuntime(spec.rung.runtime).runtime;
  return {
    says: (planned) => [
      sayMake(planned, `the agent${where}`, { plan: planFor(planned), ownRuntime }),
      sayReadBack(containerName(spec.id, 'agent')),
    ],
    does: async (running) => {
      const { connection, context } = running;
      const plan = planFor(running);
      const joinedId = joined?.(running).id;
      await context.files;
      const { signal } = context;
      await createChecked(connection, plan, { signal, ...(joinedId === undefined ? {} : { joinedId }) });
      return { agentPlan: plan };
    },
    makes: [containerOf(spec, engine, 'agent')],
  };
}

/** Starts the agent's container, which waits at its gate. */
export const startAtGate = ({ id }: BottleSpec): ContainerStep => ({
  says: () => [
    {
      what: 'connect the agent’s streams, and start its container, which waits at the gate',
      call: [`POST /containers/${containerName(id, 'agent')}/attach, start`],
    },
  ],
  does: async ({ connection, agentPlan: plan }) => ({ agent: await startAgent(connection, plan) }),
  undo: ({ agent }) => void agent.streams.destroy(),
});

/** Confirms the agent's container with the kernel, and that it is a virtual machine on a rung of such machines. */
export const confirmAtGate = ({ id, rung }: BottleSpec): ContainerStep => ({
  says: () => [
    {
      what: 'bound its files where the engine does not, and confirm its confinement and limits',
      call: ['/proc/PID/status, /proc/PID/mountinfo, its control group'],
    },
    ...(factsOfRuntime(rung.runtime).isMachine ? [sayMachine(id)] : []),
  ],
  does: async ({ connection, agent, joinedNetwork }) => {
    const { facts, bounds } = await confirmAgent(connection, agent, joinedNetwork);
    const network = facts.namespaces.net;
    const evidence = { ...bounds, ...(network === undefined ? {} : { networkNamespace: network }) };
    return { agentProcess: { pid: facts.pid, network }, evidence };
  },
});

const sayMachine = (id: string): PlanStep => ({
  what: 'look for its machine: a process of its shim with a virtual machine of KVM, and inside another kernel and an interface',
  call: [
    '/proc/PID/cmdline, /proc/PID/fd',
    `POST /containers/${containerName(id, 'agent')}/exec ${JSON.stringify(INSIDE_CALL)}`,
  ],
});

/** Asks the gateway from inside the agent's container, on a runtime with its own network stack. */
export const askFromInside = (spec: BottleSpec, address: string): ContainerStep => ({
  says: () =>
    factsOfRuntime(spec.rung.runtime).ownNetworkStack
      ? [
          {
            what: 'ask the gateway from inside the agent’s container, through the runtime’s own network stack',
            call: [`POST /containers/${containerName(spec.id, 'agent')}/exec`],
          },
        ]
      : [],
  does: async ({ connection, context: { signal } }) => ({
    checks: await checkFromInside(connection, { spec, address, signal }),
  }),
});

/** The last step: the agent's program runs when the launcher opens the gate. */
export const openGate: ContainerStep = {
  says: () => [{ what: 'open the gate: the agent’s program runs', call: ['a line on its standard input'] }],
  does: async ({ connection, agent }) => ({
    launch: async (io) => await releaseAgent(connection, agent, io),
  }),
};
