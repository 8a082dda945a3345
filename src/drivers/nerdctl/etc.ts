import { join } from 'node:path';
import { ETC_FILES } from '../attached/machine.ts';
import type { SeenMount } from './native.ts';
import type { Shared } from './plan.ts';

/**
 * Files of /etc that are the machine's own: their mounts, from this folder. Of hosts and resolv.conf nerdctl mounts copies of the host's
 * where nothing else is mounted (containerd/nerdctl#3443). Pure.
 */
export const etcMounts = (etcDir: string): readonly Shared[] =>
  ETC_FILES.map((name) => ({
    hostPath: join(etcDir, name),
    guestPath: `/etc/${name}`,
    readOnly: true,
  }));

/**
 * Whether this is the file that nerdctl mounts over any other: the first letters of the container's id, in a folder of its own
 * (writeEtcHostnameForContainer in pkg/containerutil/container_network_manager.go). Root of the machine can write to it, the agent cannot.
 */
export const isOwnHostname = ({ destination, type, source }: SeenMount, containerId: string): boolean =>
  destination === '/etc/hostname' && type === 'bind' && source.endsWith(`/${containerId}/hostname`);
