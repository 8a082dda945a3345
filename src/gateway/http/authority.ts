import type { Asked } from '../gate.ts';

/** A host as it is written before a port: an address of IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Host and port as the host is to read them: without the port that the scheme means anyway. */
export function authorityOf({ host, port, scheme }: Pick<Asked, 'host' | 'port' | 'scheme'>): string {
  const name = bracketed(host);
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}
