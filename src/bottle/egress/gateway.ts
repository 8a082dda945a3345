import { join } from 'node:path';
import { hasSidecar, type BottleSpec } from '../../drivers/driver.ts';
import type { GatewayAccess, SidecarFiles, SidecarSockets } from '../../drivers/gateway-access.ts';
import { launchGateway, type GatewayOrder, type LaunchedGateway } from '../../gateway/launch/launch.ts';
import { writeSidecarConfig } from '../../gateway/launch/sidecar-config.ts';
import { writePipelockConfig } from '../../gateway/pipelock/launch.ts';
import { packageRoot } from '../../host/paths.ts';
import { trustAuthority } from '../guest/guest-files.ts';
import { hostAddresses, upstreamProxy } from './host-network.ts';
import { hostTrust } from '../trust/host-trust.ts';
import { digestOfFile } from '../state/receipt.ts';
import type { BottleRequest } from '../request.ts';
import { bottlePaths } from '../state/store.ts';

export interface BottleGateway extends GatewayAccess {
  /** Of the gateway's program. */
  readonly digest: Promise<string>;
  /**
   * Settles with why, when the gateway ended and not in good order. In the bridge form never: its container's engine knows.
   */
  readonly failed: Promise<string>;
  /** Settles once the bottle trusts its gateway, where that opens TLS. In the bridge form the driver sees to it. */
  readonly trusted: Promise<void>;
}

/**
 * The bottle's gateway: a confined process of this host where the bottle's sockets are handed over, else an order for a
 * sidecar that the driver starts beside the bottle. Does not wait: what goes wrong shows in `listening` and `ready`, as
 * BottleError `dependencyMissing` or `rungUnavailable`. `guestFiles`: the bottle's own files, with what it trusts, are there.
 */
export function startGateway(
  request: BottleRequest,
  spec: BottleSpec,
  guestFiles: Promise<void>,
): BottleGateway {
  const order = orderFor(request, spec);
  const foreign = spec.foreignGateway;
  const isSidecar = hasSidecar(spec.networkForm);
  const launched = isSidecar ? noneHere() : order.then(launchGateway);
  const trust = async (certificate: string | undefined): Promise<void> => {
    await guestFiles;
    if (certificate !== undefined) await trustAuthority(spec.runDir, certificate);
  };
  const gateway = {
    configureSidecar: async (sockets: SidecarSockets) => await configure(await order, sockets, foreign),
    trustAuthority: trust,
    trusted: isSidecar ? guestFiles : launched.then(async ({ authority }) => await trust(await authority)),
    digest: digestOfFile(foreign?.hostPath ?? join(packageRoot(), 'dist', 'gateway.cjs')),
    failed: new Promise<string>((resolve) => {
      const settle = (why: string | undefined): void => void (why !== undefined && resolve(why));
      launched.then(async ({ ended }) => settle(await ended)).catch(() => undefined); // then it never ran
    }),
    listening: launched.then(async ({ listening }) => await listening),
    // `listening` also says that the process is confined as it should be: without it, ready is not ready.
    ready: launched.then(async ({ listening, ready }) => (await Promise.all([ready, listening]))[0]),
  };
  // Somebody may give up before one of these is waited for; that is no reason to end with an unhandled rejection.
  for (const promise of [gateway.digest, gateway.listening, gateway.ready, gateway.trusted])
    promise.catch(() => undefined);
  return gateway;
}

async function configure(
  order: GatewayOrder,
  sockets: SidecarSockets,
  foreign: BottleSpec['foreignGateway'],
): Promise<SidecarFiles> {
  if (foreign === undefined) return await writeSidecarConfig(order, sockets);
  if (sockets.kind === 'listen') return await writePipelockConfig(order, sockets);
  throw new Error(`${foreign.engine} opens ports, and this bottle has none for it`);
}

async function noneHere(): Promise<LaunchedGateway> {
  throw new Error('a sidecar reports to the driver that started it');
}

async function orderFor(request: BottleRequest, spec: BottleSpec): Promise<GatewayOrder> {
  const proxy = upstreamProxy();
  const config = {
    bottleId: spec.id,
    policy: request.policy,
    limits: request.limits,
    ...(request.secretRules === undefined ? {} : { secretRules: request.secretRules }),
    ...(request.learns ? { learns: true as const } : {}),
    gatewayAddress: spec.rung.traits.gatewayAddress,
    auditPath: bottlePaths(spec.id).auditPath,
    hostAddresses: hostAddresses(),
    ...(proxy === undefined ? {} : { upstreamProxy: proxy }),
  };
  return { config, runDir: spec.runDir, trust: await hostTrust(), secrets: request.secrets.forGateway };
}
