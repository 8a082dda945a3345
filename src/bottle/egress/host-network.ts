import { isIPv4 } from 'node:net';
import type { UpstreamProxy } from '../../gateway/config.ts';
import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { readOwnNetworks } from '../../host/system/own-addresses.ts';

/**
 * Every address of this host, loopback included, without the zones of IPv6 link-local addresses. A network that belongs
 * to this host as a whole has its prefix length: `192.0.2.0/24`.
 */
export function hostAddresses(): string[] {
  const all = readOwnNetworks().map(([address, prefix]) => {
    const plain = address.replace(/%.*$/, '');
    return prefix === (isIPv4(plain) ? 32 : 128) ? plain : `${plain}/${prefix}`;
  });
  return [...new Set(all)];
}

/**
 * The company proxy that this host uses, from HTTPS_PROXY (or its lower-case form) and NO_PROXY.
 * @throws BottleError `usage` if the variable does not hold an http URL
 */
export function upstreamProxy(): UpstreamProxy | undefined {
  const text = hostVariable('HTTPS_PROXY') ?? hostVariable('https_proxy');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.hostname === '') {
    throw new BottleError('usage', 'HTTPS_PROXY of this host is not an http:// URL', {
      fix: 'set it to http://host:port, or unset it',
    });
  }
  const userInfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 80 : Number(url.port),
    ...(url.username === '' ? {} : { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }),
    bypass: (hostVariable('NO_PROXY') ?? hostVariable('no_proxy') ?? '')
      .split(',')
      .map((name) => name.trim().replace(/^\*?\./, ''))
      .filter((name) => name !== ''),
  };
}
