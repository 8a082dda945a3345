import type { GatewayConfig, GatewaySecrets } from '../config.ts';

/** The configuration that announces secrets: the gateway has to wait for them. */
export const announced = (secrets: GatewaySecrets | undefined): Pick<GatewayConfig, 'hasSecrets'> =>
  secrets === undefined ? {} : { hasSecrets: true };

/** Returns the line for the gateway's standard input: no file, argument or variable ever contains it. */
export const secretsLine = (secrets: GatewaySecrets | undefined): string =>
  secrets === undefined ? '' : `${JSON.stringify(secrets)}\n`;
