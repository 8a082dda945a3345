import { linesOf, type BottleError } from '../../../errors.ts';
import type { Created } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import type { ContainerNetwork, ContainerPlan } from '../body/hardening.ts';
import { containerName } from '../names.ts';
import { runToEnd } from '../engine/run-to-end.ts';

/**
 * The short-lived container that runs nft. Each bottle has at most one at a time, as its name derives from the bottle's
 * id.
 */

export interface FirewallOrder {
  readonly bottleId: string;
  /** An image with nft. */
  readonly image: string;
  readonly script: string;
  /** The container whose network the script changes; undefined: the host's network. */
  readonly joined?: Pick<Created, 'id' | 'name'>;
  readonly signal: AbortSignal;
  /** Makes the error for a failure. */
  readonly refusal: (details: readonly string[]) => BottleError;
}

/** Runs the script and returns its output. @throws BottleError `refusal` when it fails */
export async function runNft(connection: Connection, order: FirewallOrder): Promise<string> {
  const { joined, signal } = order;
  const network: ContainerNetwork =
    joined === undefined ? { kind: 'host' } : { kind: 'joined', container: joined.name };
  const run = { signal, timeoutMs: 20_000, ...(joined === undefined ? {} : { joinedId: joined.id }) };
  const ended = await runToEnd(connection, firewallPlan(order, network), run).catch((error: unknown) => {
    signal.throwIfAborted();
    throw order.refusal(linesOf(error));
  });
  if (ended.exitCode !== 0) throw order.refusal([ended.stderr.trim()]);
  return ended.stdout;
}

/** The only container of bot-bottle with a capability in another network: it runs nft and ends. */
export function firewallPlan(
  order: Pick<FirewallOrder, 'bottleId' | 'image' | 'script'>,
  network: ContainerNetwork,
): ContainerPlan {
  return {
    name: containerName(order.bottleId, 'firewall'),
    bottleId: order.bottleId,
    image: order.image,
    argv: ['/bin/sh', '-c', order.script],
    env: {},
    cwd: '/',
    owner: { uid: 0, gid: 0 },
    tty: false,
    stdin: false,
    limits: { memoryBytes: 64 * 1024 * 1024, cpus: 1, pids: 16 },
    mounts: [],
    scratch: [],
    network,
    sysctls: {},
    capabilities: ['NET_ADMIN'],
  };
}
