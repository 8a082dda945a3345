import { join } from 'node:path';
import { hasSidecar, type BottleSpec } from '../../drivers/driver.ts';
import type { GatewayAccess } from '../../drivers/gateway-access.ts';
import type { SidecarFiles, SidecarSockets } from '../../contracts/gateway.ts';
import { launchGateway, type GatewayOrder, type LaunchedGateway } from '../../gateway/launch/launch.ts';
import { writeSidecarConfig } from '../../gateway/launch/sidecar-config.ts';
import { writePipelockConfig } from '../../gateway/pipelock/launch.ts';
import { packageRoot } from '../../host/paths.ts';
import { trustAuthority } from '../guest/guest-files.ts';
import { hostTrust } from '../trust/host-trust.ts';
import { digestOfFile } from '../state/receipt.ts';
import type { BottleRequest } from '../request.ts';
import { bottlePaths } from '../state/store.ts';
import { isIPv4 } from 'node:net';
import type { UpstreamProxy } from '../../gateway/config.ts';
import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { readOwnNetworks } from '../../host/system/own-addresses.ts';

export interface BottleGateway extends GatewayAccess {
  /** Digest of the gateway's program. */
  readonly digest: Promise<string>;
  /**
   * Resolves with the reason if the gateway ends abnormally. Stays pending for a sidecar: only the container's engine
   * knows when that ends.
   */
  readonly failed: Promise<string>;
  /** Settles once the bottle trusts its gateway, if that opens TLS. For a sidecar, the driver does this. */
  readonly trusted: Promise<void>;
}

/**
 * Starts the bottle's gateway: a confined process of this host if the bottle hands over its sockets, otherwise an order
 * for a sidecar that the driver starts beside the bottle. Returns at once; `listening` and `ready` reject with
 * BottleError `dependencyMissing` or `rungUnavailable`. `guestFiles` settles once the bottle's own files, with its
 * trust store, exist.
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
      launched.then(async ({ ended }) => settle(await ended)).catch(() => undefined); // it never ran then
    }),
    listening: launched.then(async ({ listening }) => await listening),
    // `listening` also confirms that the process is confined; without that, the gateway is not ready.
    ready: launched.then(async ({ listening, ready }) => (await Promise.all([ready, listening]))[0]),
  };
  // A caller may give up before it awaits one of these; that must not end in an unhandled rejection.
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

/**
 * Every address of this host, loopback included, without the zones of IPv6 link-local addresses. A network that belongs
 * to this host as a whole has its prefix length: `192.0.2.0/24`.
 */
function hostAddresses(): string[] {
  const all = readOwnNetworks().map(([address, prefix]) => {
    const plain = address.replace(/%.*$/, '');
    return prefix === (isIPv4(plain) ? 32 : 128) ? plain : `${plain}/${prefix}`;
  });
  return [...new Set(all)];
}

/**
 * The company proxy that this host uses, from HTTPS_PROXY (or its lower-case form) and NO_PROXY.
 * @throws BottleError `usage` if the variable does not hold an http URL
 */
export function upstreamProxy(): UpstreamProxy | undefined {
  const text = hostVariable('HTTPS_PROXY') ?? hostVariable('https_proxy');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.hostname === '') {
    throw new BottleError('usage', 'HTTPS_PROXY of this host is not an http:// URL', {
      fix: 'set it to http://host:port, or unset it',
    });
  }
  const userInfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 80 : Number(url.port),
    ...(url.username === '' ? {} : { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }),
    bypass: (hostVariable('NO_PROXY') ?? hostVariable('no_proxy') ?? '')
      .split(',')
      .map((name) => name.trim().replace(/^\*?\./, ''))
      .filter((name) => name !== ''),
  };
}
