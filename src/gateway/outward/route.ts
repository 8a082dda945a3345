import type { GatewayConfig, Rule, UpstreamProxy } from '../config.ts';
import { BlockList, isIP } from 'node:net';

/** A way to a host: exactly these addresses, or a company proxy that gets the name. */
export type Route =
  | { readonly kind: 'direct'; readonly addresses: readonly string[] }
  | { readonly kind: 'proxy'; readonly proxy: UpstreamProxy };

type RouteConfig = Pick<GatewayConfig, 'upstreamProxy'>;

/**
 * Returns the route where no lookup is needed. A company proxy looks names up itself, because this host often cannot.
 * The gateway still judges addresses.
 */
export function routeWithoutLookup(
  host: string,
  { addresses }: Rule,
  config: RouteConfig,
): Route | undefined {
  if (addresses !== undefined) return { kind: 'direct', addresses };
  const isAddress = host.includes(':') || /^[0-9.]+$/.test(host);
  const proxy = isAddress ? undefined : proxyFor(host, config);
  return proxy === undefined ? undefined : { kind: 'proxy', proxy };
}

/** Returns the route to a host with these judged addresses. */
export function routeTo(host: string, addresses: readonly string[], config: RouteConfig): Route {
  const proxy = proxyFor(host, config);
  return proxy === undefined ? { kind: 'direct', addresses } : { kind: 'proxy', proxy };
}

function proxyFor(host: string, { upstreamProxy }: RouteConfig): UpstreamProxy | undefined {
  return upstreamProxy === undefined || bypassesProxy(upstreamProxy, host) ? undefined : upstreamProxy;
}

/** Describes a route for the log. */
export function describeRoute(route: Route): string {
  return route.kind === 'direct'
    ? `to ${route.addresses.join(', ')}`
    : `through ${route.proxy.host}:${route.proxy.port}`;
}

/**
 * Returns whether to dial this host directly: an entry of NO_PROXY names it, a parent domain, or its address or range.
 */
export function bypassesProxy(proxy: UpstreamProxy, host: string): boolean {
  return proxy.bypass.some((written) => {
    if (written === '*') return true;
    const entry = written
      .toLowerCase()
      .replace(/^\*?\./, '')
      .replace(/:[0-9]+$/, '');
    return isIP(host) === 0
      ? host === entry || host.endsWith(`.${entry}`)
      : isInRange(host, written.toLowerCase());
  });
}

function isInRange(address: string, entry: string): boolean {
  const [network = '', prefix] = entry.split('/');
  if (prefix === undefined || isIP(network) === 0) return address === entry;
  const range = new BlockList();
  range.addSubnet(network, Number(prefix), isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return range.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
