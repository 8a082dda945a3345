/**
 * Probes that never succeeded, neither in the open nor with a mistake made here, and why. That they hold proves less
 * than for other probes. An outdated line fails scripts/probes-seen.test.ts.
 */
const NO_DISK = 'the machine that it was tried on opens its disk for nobody';
const IN_QEMU =
  'seen by hand only, in QEMU under kernels of Debian (docs/adr/0130-verify-judges-from-outside.md)';

export const NOT_SEEN: Readonly<Record<string, string>> = {
  'sibling-gateway': 'no mistake in one place puts two bottles, each with its gateway, into one network',
  'read-kcore': IN_QEMU,
  'read-modules': IN_QEMU,
  'read-disk': NO_DISK,
  'mknod-block': NO_DISK,
  'module-by-request':
    'seen by hand only, in QEMU under kernels of Debian (docs/adr/0047-a-seccomp-profile-of-our-own.md)',
  'ns-user-x32': IN_QEMU,
  sysrq: IN_QEMU,
  'real-time':
    'the kernel that it was tried on shares real time out by cgroup, and gives containers none (RT_GROUP_SCHED)',
  'oom-score': 'nobody on the machine that it was tried on has the capability for it (CAP_SYS_RESOURCE)',
};
