import { join } from 'node:path';
import type { BottleSpec, GatewayAccess } from '../drivers/driver.ts';
import { GUEST } from '../drivers/driver.ts';
import {
  launchGateway,
  writeSidecarConfig,
  type GatewayOrder,
  type LaunchedGateway,
} from '../gateway/launch/launch.ts';
import { packageRoot } from '../host/paths.ts';
import { hostAddresses, upstreamProxy } from './host-network.ts';
import { digestOfFile } from './receipt.ts';
import type { BottleRequest } from './request.ts';
import { bottlePaths } from './store.ts';

export interface BottleGateway extends GatewayAccess {
  /** Of the gateway's program. */
  readonly digest: Promise<string>;
}

/**
 * The bottle's gateway: a confined process of this host where the bottle's sockets are handed over, else an order for a
 * sidecar that the driver starts beside the bottle. Does not wait: what goes wrong shows in `listening` and `ready`, as
 * BottleError `dependencyMissing` or `rungUnavailable`.
 */
export function startGateway(request: BottleRequest, spec: BottleSpec): BottleGateway {
  const order = orderFor(request, spec);
  const launched = spec.networkForm === 'bridge' ? noneHere() : launchGateway(order);
  const gateway = {
    configureSidecar: async (address: string) => await writeSidecarConfig(order, address),
    digest: digestOfFile(join(packageRoot(), 'dist', 'gateway.cjs')),
    listening: launched.then(async ({ listening }) => await listening),
    // `listening` also says that the process is confined as it should be: without it, ready is not ready.
    ready: launched.then(async ({ listening, ready }) => (await Promise.all([ready, listening]))[0]),
  };
  // Somebody may give up before one of these is waited for; that is no reason to end with an unhandled rejection.
  for (const promise of [gateway.digest, gateway.listening, gateway.ready]) promise.catch(() => undefined);
  return gateway;
}

async function noneHere(): Promise<LaunchedGateway> {
  throw new Error('a sidecar reports to the driver that started it');
}

function orderFor(request: BottleRequest, spec: BottleSpec): GatewayOrder {
  const proxy = upstreamProxy();
  const config = {
    bottleId: spec.id,
    policy: request.policy,
    gatewayAddress: GUEST.gatewayAddress,
    auditPath: bottlePaths(spec.id).auditPath,
    hostAddresses: hostAddresses(),
    ...(proxy === undefined ? {} : { upstreamProxy: proxy }),
  };
  return { config, runDir: spec.runDir };
}
