import { LOOPBACK_GATEWAY, type BottleSpec, type DriverContext, type LaunchCheck } from '../../driver.ts';
import { createChecked, confirmProcess } from '../readback/checked.ts';
import { startContainer, type Created } from '../engine/containers.ts';
import type { ContainerPlan } from '../body/hardening.ts';
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
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eitherOf } from '../../../host/deadline.ts';
import { BottleError, DOCTOR_OR_REPORT } from '../../../errors.ts';
import { assetPath } from '../../../host/paths.ts';
import { gatewayOwner } from '../../../host/user.ts';
import { OPENER_CALLS, openerCall } from '../../network/opener.ts';
import type { Connection } from '../engine/engine.ts';
import type { ProcessFacts } from '../readback/process-facts.ts';
import { lowPorts } from '../body/sysctls.ts';
import { together } from '../../../host/together.ts';

/**
 * The holder form: a container whose network has only loopback opens the gateway's sockets there, hands them over a Unix
 * socket to the gateway outside, proves that it can reach nothing else, and stays. The agent joins its network. See
 * docs/adr/0001.
 */

/**
 * Makes and starts the holder. Then, at the same time, the holder opens the network, and the agent's
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

const OPENER_DIR = '/opener';
const HANDOVER_DIR = '/handover';

/** The plan of a bottle's holder. Pure: the caller passes the places that must be unreachable. */
function holderPlan(spec: BottleSpec, image: string, unreachable: readonly string[]): ContainerPlan {
  return {
    name: containerName(spec.id, 'holder'),
    bottleId: spec.id,
    image,
    argv: openerCall({
      programDir: OPENER_DIR,
      socketPath: `${HANDOVER_DIR}/s`,
      address: spec.rung.traits.gatewayAddress,
      network: 'hold',
      denied: unreachable,
    }),
    env: {},
    cwd: '/',
    // The only user that can connect to the gateway's socket.
    owner: gatewayOwner(),
    tty: false,
    stdin: false,
    limits: { memoryBytes: 64 * 1024 * 1024, cpus: 1, pids: 16 },
    mounts: [
      { hostPath: assetPath('handover'), guestPath: OPENER_DIR, readOnly: true },
      { hostPath: join(spec.runDir, 'handover'), guestPath: HANDOVER_DIR, readOnly: true },
    ],
    scratch: [],
    network: { kind: 'none' },
    sysctls: lowPorts(),
    capabilities: [],
    systemCalls: OPENER_CALLS,
    isOwnInit: true,
  };
}

interface OpenHolder {
  readonly checks: readonly LaunchCheck[];
  /** The kernel's report about the holder's process. */
  readonly facts: ProcessFacts;
}

/** Waits until the gateway serves the bottle and all launch checks hold, and confirms the holder with the kernel. */
async function confirmHolder(
  connection: Connection,
  holder: Created,
  { gateway, signal }: DriverContext,
): Promise<OpenHolder> {
  const settled = new AbortController();
  try {
    const [checks, facts] = await together([
      Promise.race([gateway.ready, ended(connection, holder, eitherOf(signal, settled.signal))]),
      confirmProcess(connection, {
        container: holder.id,
        owner: gatewayOwner(),
        network: undefined,
      }),
    ]);
    return { checks, facts };
  } finally {
    settled.abort();
  }
}

/** Time for the reason of the failure to arrive: the holder reports it to the gateway, not by its exit. */
const REASON_MS = 2_000;

/** Rejects when the holder has ended and no reason arrived in time. It ends by itself only when it fails. */
async function ended({ client }: Connection, holder: Created, signal: AbortSignal): Promise<never> {
  const { StatusCode } = await client.call<{ StatusCode: number }>({
    method: 'POST',
    path: `/containers/${holder.id}/wait`,
    timeoutMs: 60_000,
    signal,
  });
  await sleep(REASON_MS, undefined, { signal });
  throw new BottleError('rungUnavailable', 'the bottle’s network could not be opened', {
    details: [`${holder.name} ended with exit code ${StatusCode}`],
    fix: DOCTOR_OR_REPORT,
  });
}
