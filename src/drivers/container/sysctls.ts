import { existsSync } from 'node:fs';

/**
 * No IPv6 on a container's interfaces: their link-local addresses would reach the bridge's. Runtimes with a network stack
 * of their own ignore it; the bridge's drop does not.
 */
export function ipv6Off(): Record<string, string> {
  if (!existsSync('/proc/sys/net/ipv6')) return {}; // a kernel without it refuses to start a container that names it
  return { 'net.ipv6.conf.all.disable_ipv6': '1', 'net.ipv6.conf.default.disable_ipv6': '1' };
}

/** Docker's default, which Podman does not share: ports 53, 80 and 443 without a capability. */
export const lowPorts = (): Record<string, string> => ({ 'net.ipv4.ip_unprivileged_port_start': '0' });
