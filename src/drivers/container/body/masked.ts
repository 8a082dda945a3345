import { existsSync } from 'node:fs';

/** The paths of the host's kernel to hide in every container, also from its root. */

/** The paths that Docker and Podman, in any version, hide by default: bot-bottle's list replaces Docker's. */
const BY_ENGINES = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/dev/block',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/selinux',
];

/** Further paths that root could read by their mode: the memory's pages and their owners, and kernel addresses. */
const OURS = [
  '/proc/allocinfo',
  '/proc/key-users',
  '/proc/kpagecgroup',
  '/proc/kpagecount',
  '/proc/kpageflags',
  '/proc/pagetypeinfo',
  '/proc/slabinfo',
  '/proc/vmallocinfo',
];

/** For an engine that accepts a whole list. A runtime skips a path that does not exist (runc, `maskPath`). */
export const MASKED_PATHS: readonly string[] = [...BY_ENGINES, ...OURS].sort();

/** For an engine that adds paths to its own list: podman-create(1), `--security-opt mask=`. */
export const ADDED_MASK = `mask=${OURS.join(':')}`;

/** The paths of bot-bottle's part that this host has: in the container, a mount must cover each. */
export const masksHere = (): string[] => OURS.filter((path) => existsSync(path));
