import { BottleError } from '../../../errors.ts';
import { assetPath } from '../../../host/paths.ts';
import type { ForeignGateway, LaunchCheck } from '../../driver.ts';
import { containerUser } from '../agent/agent-container.ts';
import type { Connection } from '../engine/engine.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { containerName, innerNetworkName, type Subnet } from '../names.ts';
import { factsOfRuntime } from '../rungs.ts';
import { runToEnd } from '../engine/run-to-end.ts';
import { ipv6Off } from '../body/sysctls.ts';
import { openCanary, type Canary } from './canary.ts';

/** The launch checks of the bridge form: on the bottle's runtime, in the bottle's network, as the agent's user. */

export interface ChecksOrder {
  readonly bottleId: string;
  /** An image with Perl. */
  readonly image: string;
  readonly subnet: Subnet;
  /** Addresses that must be unreachable, `ADDRESS:PORT`. */
  readonly denied: readonly string[];
  readonly minPids: number;
  /** A runtime with another kernel does not apply the setting that disables IPv6 on an interface. */
  readonly sharesKernel: boolean;
  /** Undefined: bot-bottle's own gateway must answer. */
  readonly foreign?: ForeignGateway | undefined;
  readonly signal: AbortSignal;
}

/** Runs all checks. @throws BottleError `rungUnavailable` with the first that does not hold */
export async function checkNetwork(connection: Connection, order: ChecksOrder): Promise<LaunchCheck[]> {
  const canary = await openCanary();
  try {
    const ended = await runToEnd(connection, checksPlan(order, canary), {
      signal: order.signal,
      timeoutMs: 40_000,
    });
    const { isMachine } = factsOfRuntime(connection.runtime);
    if (ended.exitCode !== 0) throw refusal(ended.stderr.trim() || `exit code ${ended.exitCode}`, isMachine);
    const heard = await canary.heard();
    if (heard.length > 0)
      throw refusal(`the host heard datagrams from ${[...new Set(heard)].join(', ')}`, isMachine);
    const checks = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LaunchCheck);
    return [
      ...checks,
      { id: 'host.deaf', claim: 'the host heard none of them', evidence: 'nothing heard (with control)' },
    ];
  } finally {
    canary.close();
  }
}

/** The plan of the container that runs the checks. */
export function checksPlan(
  order: Omit<ChecksOrder, 'signal'>,
  canary: Pick<Canary, 'port' | 'token'>,
): ContainerPlan {
  const { bottleId, subnet } = order;
  return {
    name: containerName(bottleId, 'checks'),
    bottleId,
    image: order.image,
    argv: [
      'perl',
      '/assets/bridge/checks.pl',
      '--bottle',
      bottleId,
      '--gateway',
      subnet.gatewayAddress,
      ...(order.foreign === undefined ? [] : ['--engine', order.foreign.engine]),
      ...(order.sharesKernel ? [] : ['--kernel', 'own']),
      '--canary',
      `${canary.port}:${canary.token}`,
      ...[...order.denied, `${subnet.engineAddress}:9`].flatMap((place) => ['--deny', place]),
    ],
    env: {},
    cwd: '/',
    owner: containerUser(),
    tty: false,
    stdin: false,
    limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, pids: Math.max(64, order.minPids) },
    mounts: [{ hostPath: assetPath('.'), guestPath: '/assets', readOnly: true }],
    scratch: [],
    network: {
      kind: 'networks',
      endpoints: [{ network: innerNetworkName(bottleId), address: subnet.checksAddress }],
      dns: [subnet.gatewayAddress],
    },
    sysctls: ipv6Off(),
    capabilities: [],
  };
}

/** Docker's firewall also sees traffic between the ports of other engines' bridges, and drops it. */
const LOST_FIX =
  'sudo sysctl net.bridge.bridge-nf-call-iptables=0, or a runtime that uses the network it is given (runc)';
/** kata-containers#9340. */
const LOST_BY_MACHINE = `a machine whose network comes after its start: Kata Containers 3.30 or newer; else ${LOST_FIX}`;

function refusal(detail: string, isMachine: boolean): BottleError {
  const lost = detail.includes('gateway.answers');
  const message = lost
    ? 'the gateway cannot be reached from the bottle’s network'
    : 'the bottle’s network is not closed';
  return new BottleError('rungUnavailable', message, {
    details: [detail],
    fix: lost ? (isMachine ? LOST_BY_MACHINE : LOST_FIX) : 'bot-bottle doctor',
  });
}
