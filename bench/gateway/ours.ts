import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GatewayConfig, Rule } from '../../src/gateway/config.ts';
import { GATEWAY_ENV, GATEWAY_FLAGS } from '../../src/host/system/gateway-node.ts';
import { buildGateway } from '../../test/integration/gateway/support/bundle.ts';
import { HOST_NAME, ORIGIN_PORT } from './load.ts';
import type { Place, Started } from './proxies.ts';

/** Starts the gateway under test as its launcher does, with one rule that opens TLS. */

export const GATEWAY_PORT = 3128;

/** With `dlp` the gateway inspects all outgoing data, which no peer does. */
export interface Variant {
  readonly address: string;
  readonly dlp?: Rule['dlp'];
}

export async function startGateway(
  { folder, authorities }: Pick<Place, 'folder' | 'authorities'>,
  { address, dlp }: Variant,
): Promise<Started> {
  const config: GatewayConfig = {
    bottleId: 'bench',
    policy: {
      allow: [
        {
          id: 'bench',
          host: HOST_NAME,
          port: ORIGIN_PORT,
          scheme: 'https',
          opensTls: true,
          addresses: ['127.0.0.1'],
          ...(dlp === undefined ? {} : { dlp }),
        },
      ],
      deny: [],
    },
    gatewayAddress: address,
    sockets: { kind: 'listen', address },
    auditPath: join(folder, `${address}.jsonl`),
    hostAddresses: [],
    trustPath: authorities.originAuthority.certificatePath,
  };
  const configPath = join(folder, `${address}.json`);
  writeFileSync(configPath, JSON.stringify(config));
  const originAuthorityPath = authorities.originAuthority.certificatePath;
  const gateway = spawn(process.execPath, [...GATEWAY_FLAGS, await buildGateway(), configPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...GATEWAY_ENV, NODE_OPTIONS: '' },
  });
  const certificate = await authorityOf(gateway.stdout);
  if (certificate === undefined) return { process: gateway, authorityPath: originAuthorityPath };
  const authorityPath = join(folder, `${address}.pem`);
  writeFileSync(authorityPath, certificate);
  return { process: gateway, authorityPath };
}

/**
 * Returns the certificate of the gateway's authority, which it reports before it is ready; undefined: it opens no TLS.
 */
async function authorityOf(output: NodeJS.ReadableStream): Promise<string | undefined> {
  let certificate: string | undefined;
  for await (const line of createInterface({ input: output })) {
    const event = JSON.parse(line) as { event: string; certificate?: string; reason?: string };
    if (event.event === 'authority') ({ certificate } = event);
    if (event.event === 'failed') throw new Error(`the gateway: ${event.reason}`);
    if (event.event === 'ready') break;
  }
  return certificate;
}
