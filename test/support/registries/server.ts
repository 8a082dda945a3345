import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { runOrThrow } from '../../../src/host/run.ts';

/** A stand-in for a registry: files over HTTPS on an address of this host, and a list of requests. */
export interface StandIn {
  /** `https://ADDRESS:PORT`, without a slash at its end. */
  readonly url: string;
  readonly address: string;
  /** `GET /path` for each request since the last call of `serve`. */
  readonly requests: string[];
  /** Serves these files from now on, by path, and forgets the requests so far. */
  serve(files: ReadonlyMap<string, Uint8Array | string>): void;
  close(): void;
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** A file with the authorities that this host trusts, and the certificate. */
  readonly bundlePath: string;
}

/** Returns an address of this host that a gateway reaches. */
export function ownAddress(): string {
  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (own === undefined) throw new Error('this host has no IPv4 address but loopback');
  return own.address;
}

/** A name that does not resolve: a rule's `addresses` leads to it. */
export const REGISTRY_NAME = 'registry.example';

/**
 * Makes a certificate for the address and the name, and a file with it and the authorities that this host trusts.
 */
export async function makeCertificate(dir: string, address: string): Promise<Certificate> {
  const [keyPath, certPath] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const names = [
    '-subj',
    '/CN=stand-in registry',
    '-addext',
    `subjectAltName=IP:${address},DNS:${REGISTRY_NAME}`,
  ];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await runOrThrow('openssl', [...request, ...names, '-keyout', keyPath, '-out', certPath]);
  const cert = readFileSync(certPath, 'utf8');
  const bundlePath = join(dir, 'trusted.pem');
  writeFileSync(bundlePath, `${readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8')}\n${cert}`);
  return { key: readFileSync(keyPath, 'utf8'), cert, bundlePath };
}

/** Starts a stand-in that serves nothing yet: its files may contain its URL. */
export async function startStandIn({ key, cert }: Certificate, address: string): Promise<StandIn> {
  const requests: string[] = [];
  let served: ReadonlyMap<string, Uint8Array | string> = new Map();
  const server = createServer({ key, cert }, (request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(/\?.*$/, '');
    requests.push(`${request.method} ${path}`);
    const body = served.get(path);
    response.statusCode = body === undefined ? 404 : 200;
    if (path.endsWith('/')) response.setHeader('content-type', 'text/html'); // pip requires it
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await once(server.listen(0, address), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${address}:${port}`,
    address,
    requests,
    serve: (files) => {
      served = files;
      requests.length = 0;
    },
    close: () => server.close().closeAllConnections(),
  };
}
