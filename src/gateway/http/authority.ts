import type { Asked } from '../gate.ts';

/** Host and port as the host is to read them: without the port that the scheme means anyway. */
export function authorityOf({ host, port, scheme }: Pick<Asked, 'host' | 'port' | 'scheme'>): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}
