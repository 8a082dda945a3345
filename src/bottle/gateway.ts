import { join } from 'node:path';
import type { BottleSpec, GatewayAccess } from '../drivers/driver.ts';
import { GUEST } from '../drivers/driver.ts';
import { launchGateway, writeSidecarConfig, type GatewayOrder } from '../gateway/launch/launch.ts';
import { packageRoot } from '../host/paths.ts';
import { hostAddresses, upstreamProxy } from './host-network.ts';
import { digestOfFile } from './receipt.ts';
import type { BottleRequest } from './request.ts';
import { bottlePaths } from './store.ts';

export interface BottleGateway extends GatewayAccess {
  /** Of the gateway's program. */
  readonly digest: string;
}

/**
 * The bottle's gateway: a confined process of this host where the bottle's sockets are handed over, else an order for a
 * sidecar that the driver starts beside the bottle.
 * @throws BottleError `dependencyMissing` or `rungUnavailable` when it cannot be started as it must be
 */
export async function startGateway(request: BottleRequest, spec: BottleSpec): Promise<BottleGateway> {
  const { auditPath, auditDir } = bottlePaths(spec.id);
  const proxy = upstreamProxy();
  const order: GatewayOrder = {
    config: {
      bottleId: spec.id,
      policy: request.policy,
      gatewayAddress: GUEST.gatewayAddress,
      auditPath,
      hostAddresses: hostAddresses(),
      ...(proxy === undefined ? {} : { upstreamProxy: proxy }),
    },
    runDir: spec.runDir,
  };
  const configureSidecar = async (address: string): Promise<string> =>
    await writeSidecarConfig(order, address);
  const digest = await digestOfFile(join(packageRoot(), 'dist', 'gateway.js'));
  if (spec.networkForm === 'bridge') {
    const unused = Promise.reject(new Error('a sidecar reports to the driver that started it'));
    unused.catch(() => undefined);
    return { digest, auditDir, configureSidecar, listening: unused, ready: unused };
  }
  const { listening, ready } = await launchGateway(order);
  // Somebody may give up before they are waited for; that is no reason to end with an unhandled rejection.
  for (const promise of [listening, ready]) promise.catch(() => undefined);
  return { digest, auditDir, configureSidecar, listening, ready };
}
