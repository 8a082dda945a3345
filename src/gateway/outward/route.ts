import type { GatewayConfig, Rule, UpstreamProxy } from '../config.ts';
import { bypassesProxy } from './upstream-proxy.ts';

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
