/**
 * Probes that nobody has seen succeed, neither in the open nor by a mistake that is made here, and why. That they hold says less
 * than of others. A line that has become untrue fails scripts/probes-seen.test.ts.
 */
const NO_DISK = 'the machine that it was tried on opens its disk for nobody';
const NO_LIMIT_LIFTED = 'no mistake is made here yet that lifts a limit';

export const NOT_SEEN: Readonly<Record<string, string>> = {
  'sibling-gateway': 'no mistake in one place puts two bottles, each with its gateway, into one network',
  'read-kcore': 'the kernel that it was tried on has no /proc/kcore',
  'read-modules': 'the kernel that it was tried on has no modules',
  'read-disk': NO_DISK,
  'mknod-block': NO_DISK,
  'ns-user-x32': 'the kernel that it was tried on has no x32 interface',
  sysrq: 'the kernel that it was tried on has no sysrq-trigger',
  'real-time':
    'the kernel that it was tried on shares real time out by cgroup, and gives containers none (RT_GROUP_SCHED)',
  'oom-score': 'nobody on the machine that it was tried on has the capability for it (CAP_SYS_RESOURCE)',
  'host-name': 'it would rename the machine that it is tried on',
  'limit-processes': NO_LIMIT_LIFTED,
  'limit-raised': NO_LIMIT_LIFTED,
  'limit-priority': NO_LIMIT_LIFTED,
  'limit-disk-tmp': NO_LIMIT_LIFTED,
  'limit-disk-home': NO_LIMIT_LIFTED,
  'limit-disk-shm': NO_LIMIT_LIFTED,
  'limit-log': NO_LIMIT_LIFTED,
  'limit-process-memory': NO_LIMIT_LIFTED,
  'limit-memory': NO_LIMIT_LIFTED,
};
