import { existsSync } from 'node:fs';
import type { Mount } from '../../contracts/gateway.ts';

const HOSTS_PATH = '/etc/hosts';

/**
 * Returns a mount of the host's own names, for a gateway in a separate container: the gateway resolves them as one on
 * the host does, and judges their addresses, instead of asking others for them. Empty if the host has no such file.
 */
export const hostsFile = (): readonly Mount[] =>
  existsSync(HOSTS_PATH) ? [{ hostPath: HOSTS_PATH, guestPath: HOSTS_PATH, readOnly: true }] : [];
