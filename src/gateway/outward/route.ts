import type { GatewayConfig, Rule, UpstreamProxy } from '../config.ts';
import { bypassesProxy } from './upstream-proxy.ts';

/** The ways out to a host: exactly these addresses, or a company proxy that is given the name. */
export type Route =
  | { readonly kind: 'direct'; readonly addresses: readonly string[] }
  | { readonly kind: 'proxy'; readonly proxy: UpstreamProxy };

type RouteConfig = Pick<GatewayConfig, 'upstreamProxy'>;

/** Behind a company proxy, names are the proxy's to look up: this host often cannot. Addresses are still judged here. */
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

/** To a host with these addresses, which were judged. */
export function routeTo(host: string, addresses: readonly string[], config: RouteConfig): Route {
  const proxy = proxyFor(host, config);
  return proxy === undefined ? { kind: 'direct', addresses } : { kind: 'proxy', proxy };
}

function proxyFor(host: string, { upstreamProxy }: RouteConfig): UpstreamProxy | undefined {
  return upstreamProxy === undefined || bypassesProxy(upstreamProxy, host) ? undefined : upstreamProxy;
}

/** For the log. */
export function describeRoute(route: Route): string {
  return route.kind === 'direct'
    ? `to ${route.addresses.join(', ')}`
    : `through ${route.proxy.host}:${route.proxy.port}`;
}
