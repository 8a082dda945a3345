import type { GatewayConfig, GatewaySecrets } from '../config.ts';

/** What a gateway is told, parted by how it gets there: what may lie in a file, and what goes through a pipe. */
export interface Parted<Config> {
  readonly config: Config;
  /** Undefined: there are none. */
  readonly secrets: GatewaySecrets | undefined;
}

const NONE: GatewaySecrets = { inject: {}, protect: [] };

/** The company proxy's password goes with the secrets. Pure. */
export function partSecrets<Config extends Pick<GatewayConfig, 'upstreamProxy'>>(
  config: Config,
  secrets: GatewaySecrets | undefined,
): Parted<Config> {
  const { upstreamProxy: proxy } = config;
  if (proxy?.authorization === undefined) return { config, secrets };
  const { authorization, ...upstreamProxy } = proxy;
  return {
    config: { ...config, upstreamProxy },
    secrets: { ...(secrets ?? NONE), proxyAuthorization: authorization },
  };
}

/** The other way round, in the gateway. Pure. */
export function withProxySecret(
  config: GatewayConfig,
  { proxyAuthorization: authorization }: GatewaySecrets,
): GatewayConfig {
  if (config.upstreamProxy === undefined || authorization === undefined) return config;
  return { ...config, upstreamProxy: { ...config.upstreamProxy, authorization } };
}
