import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Spec } from './types.ts';

/** What a container without a network has nevertheless (pkg/containerutil: noneNetworkManager, since nerdctl 2.0). */

export interface NetworkFiles {
  readonly hostname: string;
  readonly stateDir: string;
  /** Of the hosts store: `etchosts/NAMESPACE/ID/hosts`. */
  readonly hostsPath: string;
}

const HOSTS = '127.0.0.1\tlocalhost localhost.localdomain\n::1\t\tlocalhost localhost.localdomain\n';
// moby's libnetwork/resolvconf: where this host has no server but itself.
const FALLBACK = ['8.8.8.8', '8.8.4.4'];

/** Adds its hostname, /etc/hosts, /etc/resolv.conf and /etc/hostname, at the end of what is mounted; one that a flag mounts stays. */
export function applyNetworkFiles(spec: Spec, { hostname, stateDir, hostsPath }: NetworkFiles): void {
  const resolvPath = join(stateDir, 'resolv.conf');
  const hostnamePath = join(stateDir, 'hostname');
  mkdirSync(dirname(hostsPath), { recursive: true });
  writeFileSync(hostsPath, HOSTS);
  writeFileSync(resolvPath, resolvConf());
  writeFileSync(hostnamePath, `${hostname}\n`);
  const mount = (destination: string, source: string): void =>
    void spec.mounts.push({ destination, type: 'bind', source, options: ['bind', 'rprivate'] });
  const isTaken = (path: string): boolean => spec.mounts.some(({ destination }) => destination === path);
  if (!isTaken('/etc/hosts')) mount('/etc/hosts', hostsPath);
  if (!isTaken('/etc/resolv.conf')) mount('/etc/resolv.conf', resolvPath);
  spec.hostname = hostname;
  mount('/etc/hostname', hostnamePath);
}

function resolvConf(): string {
  const own = readFileSync('/etc/resolv.conf', 'utf8').split('\n');
  const servers = own
    .flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => !address.startsWith('127.') && address !== '::1');
  const others = own.filter((line) => /^(search|options)\s/.test(line));
  return [
    ...others,
    ...(servers.length > 0 ? servers : FALLBACK).map((address) => `nameserver ${address}`),
    '',
  ].join('\n');
}
