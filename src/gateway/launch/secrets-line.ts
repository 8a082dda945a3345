import type { GatewayConfig, GatewaySecrets } from '../config.ts';

/** What the gateway is told of secrets beforehand: that it has to wait for some. */
export const announced = (secrets: GatewaySecrets | undefined): Pick<GatewayConfig, 'hasSecrets'> =>
  secrets === undefined ? {} : { hasSecrets: true };

/** A line for the gateway's standard input: no file, argument or variable ever holds it. */
export const secretsLine = (secrets: GatewaySecrets | undefined): string =>
  secrets === undefined ? '' : `${JSON.stringify(secrets)}\n`;
