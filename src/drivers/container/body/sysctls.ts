import { existsSync } from 'node:fs';

/**
 * Disables IPv6 on a container's interfaces: their link-local addresses would reach the bridge's. Runtimes with their
 * own network stack ignore this; the bridge's drop still applies.
 */
export function ipv6Off(): Record<string, string> {
  if (!existsSync('/proc/sys/net/ipv6')) return {}; // without IPv6, the kernel refuses these settings
  return { 'net.ipv6.conf.all.disable_ipv6': '1', 'net.ipv6.conf.default.disable_ipv6': '1' };
}

/** Allows ports 53, 80 and 443 without a capability. This is Docker's default, but not Podman's. */
export const lowPorts = (): Record<string, string> => ({ 'net.ipv4.ip_unprivileged_port_start': '0' });
