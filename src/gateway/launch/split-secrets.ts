import type { GatewayConfig, GatewaySecrets } from '../config.ts';

/** The configuration that announces secrets: the gateway has to wait for them. */
export const announced = (secrets: GatewaySecrets | undefined): Pick<GatewayConfig, 'hasSecrets'> =>
  secrets === undefined ? {} : { hasSecrets: true };

/** Returns the line for the gateway's standard input: no file, argument or variable ever contains it. */
export const secretsLine = (secrets: GatewaySecrets | undefined): string =>
  secrets === undefined ? '' : `${JSON.stringify(secrets)}\n`;

/** The configuration of a gateway in two parts: one may be in a file, the other goes through a pipe. */
export interface Parted<Config> {
  readonly config: Config;
  /** Undefined: there are none. */
  readonly secrets: GatewaySecrets | undefined;
}

const NONE: GatewaySecrets = { inject: {}, protect: [] };

/** Splits off the secrets. The company proxy's password goes with them. Pure. */
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

/** Reverses `partSecrets`, in the gateway. Pure. */
export function withProxySecret(
  config: GatewayConfig,
  { proxyAuthorization: authorization }: GatewaySecrets,
): GatewayConfig {
  if (config.upstreamProxy === undefined || authorization === undefined) return config;
  return { ...config, upstreamProxy: { ...config.upstreamProxy, authorization } };
}
