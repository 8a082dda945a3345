import type { Probe } from '../probe.ts';
import { CALLS } from './calls.ts';
import { DEVICES, MOUNTS } from './mounts-and-devices.ts';
import { NAMESPACES } from './namespaces.ts';
import { PROCESSES } from './processes.ts';
import { SETTINGS } from './settings.ts';

/** The surface of the host's kernel: the attempt is a process that carries its nonce, and the host looks at what it became. */
export const KERNEL: readonly Probe[] = [
  ...NAMESPACES,
  ...MOUNTS,
  ...DEVICES,
  ...CALLS,
  ...PROCESSES,
  ...SETTINGS,
];
