import { existsSync } from 'node:fs';

/** Files of the host's kernel that nobody in a container is to see, root of it included. */

/** What Docker and Podman hide by themselves, in any of their versions: a list of ours takes the place of Docker's. */
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

/** What else their modes give to root: pages of memory and who has them, and where the kernel keeps its things. */
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

/** For an engine that takes the whole list. Where a path is not there, a runtime leaves it out (runc, `maskPath`). */
export const MASKED_PATHS: readonly string[] = [...BY_ENGINES, ...OURS].sort();

/** For an engine that adds to its own: podman-create(1), `--security-opt mask=`. */
export const ADDED_MASK = `mask=${OURS.join(':')}`;

/** Those of ours that this host has: each must be covered by a mount in the container. */
export const masksHere = (): string[] => OURS.filter((path) => existsSync(path));
