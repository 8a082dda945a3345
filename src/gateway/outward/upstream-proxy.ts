import { BlockList, isIP } from 'node:net';
import type { UpstreamProxy } from '../config.ts';

/** The company proxy between this host and upstreams, and the hosts to reach without it. */

/**
 * Returns whether to dial this host directly: an entry of NO_PROXY names it, a parent domain, or its address or range.
 */
export function bypassesProxy(proxy: UpstreamProxy, host: string): boolean {
  return proxy.bypass.some((written) => {
    if (written === '*') return true;
    const entry = written
      .toLowerCase()
      .replace(/^\*?\./, '')
      .replace(/:[0-9]+$/, '');
    return isIP(host) === 0
      ? host === entry || host.endsWith(`.${entry}`)
      : isInRange(host, written.toLowerCase());
  });
}

function isInRange(address: string, entry: string): boolean {
  const [network = '', prefix] = entry.split('/');
  if (prefix === undefined || isIP(network) === 0) return address === entry;
  const range = new BlockList();
  range.addSubnet(network, Number(prefix), isIP(network) === 4 ? 'ipv4' : 'ipv6');
  return range.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
