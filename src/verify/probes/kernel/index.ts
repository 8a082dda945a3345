import type { Probe } from '../probe.ts';
import { CALLS } from './calls.ts';
import { DEVICES, MOUNTS } from './mounts-and-devices.ts';
import { NAMESPACES } from './namespaces.ts';
import { PROCESSES } from './processes.ts';
import { SETTINGS } from './settings.ts';

/**
 * Attempts on the host's kernel: each is a process that carries its nonce, and the host inspects what that process
 * achieved.
 */
export const KERNEL: readonly Probe[] = [
  ...NAMESPACES,
  ...MOUNTS,
  ...DEVICES,
  ...CALLS,
  ...PROCESSES,
  ...SETTINGS,
];
