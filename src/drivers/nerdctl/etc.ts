import { join } from 'node:path';
import { ETC_FILES } from '../attached/machine.ts';
import type { SeenMount } from './native.ts';
import type { Shared } from './plan.ts';

/**
 * Mounts of the machine's own files of /etc, from this folder. Without these mounts, nerdctl mounts copies of the
 * host's hosts and resolv.conf (containerd/nerdctl#3443). Pure.
 */
export const etcMounts = (etcDir: string): readonly Shared[] =>
  ETC_FILES.map((name) => ({
    hostPath: join(etcDir, name),
    guestPath: `/etc/${name}`,
    readOnly: true,
  }));

/**
 * Whether this is the hostname file that nerdctl mounts over any other: it contains the first letters of the
 * container's id, and is in a separate folder (writeEtcHostnameForContainer in
 * pkg/containerutil/container_network_manager.go). Root of the machine can write to it, the agent cannot.
 */
export const isOwnHostname = ({ destination, type, source }: SeenMount, containerId: string): boolean =>
  destination === '/etc/hostname' && type === 'bind' && source.endsWith(`/${containerId}/hostname`);
