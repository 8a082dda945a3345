import { existsSync } from 'node:fs';
import type { Mount } from './folders.ts';

const HOSTS_PATH = '/etc/hosts';

/**
 * The names that this host knows by itself, for a gateway in a container of its own: it resolves them as one on the host
 * does, and judges where they lead, instead of asking others for them. Nothing where the host has no such file.
 */
export const hostsFile = (): readonly Mount[] =>
  existsSync(HOSTS_PATH) ? [{ hostPath: HOSTS_PATH, guestPath: HOSTS_PATH, readOnly: true }] : [];
