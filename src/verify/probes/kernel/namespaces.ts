import { onKernel } from './on-kernel.ts';
import type { Probe } from '../probe.ts';

/** Namespaces: a new one is a new set of rights over the kernel. What success leaves goes with the process. */

export const NAMESPACES: readonly Probe[] = [
  {
    ...onKernel({ is: 'namespace', of: 'user' }),
    id: 'ns-user',
    claim: 'No user namespace can be made.',
    attack: 'unshare a user namespace',
    breach:
      'has all capabilities over a new namespace, and with them most of what the kernel keeps from users',
    source: 'user_namespaces(7); CVE-2022-0185: reached by way of one',
  },
  {
    ...onKernel({ is: 'namespace', of: 'user' }),
    id: 'ns-user-clone',
    claim: 'No process can be started in a user namespace of its own.',
    attack: 'clone a process into a user namespace',
    breach:
      'has all capabilities over a new namespace, and with them most of what the kernel keeps from users',
    source: 'clone(2): CLONE_NEWUSER',
  },
  {
    ...onKernel({ is: 'namespace', of: 'user' }),
    id: 'ns-user-clone3',
    claim: 'No filter is passed by with clone3, whose flags lie in memory.',
    attack: 'the same with clone3, whose flags lie in memory',
    breach:
      'has all capabilities over a new namespace, and with them most of what the kernel keeps from users',
    source: 'clone(2): clone3; seccomp(2): what pointers lead to is not seen',
  },
  {
    ...onKernel({ is: 'namespace', of: 'user' }, { is: 'program' }),
    needs: 'x64',
    id: 'ns-user-32bit',
    claim: 'No filter is passed by with the 32 bit interface.',
    attack: 'the same from a program of 32 bits',
    breach:
      'has all capabilities over a new namespace, and with them most of what the kernel keeps from users',
    source: 'seccomp(2), NOTES: check the architecture',
  },
  {
    ...onKernel({ is: 'namespace', of: 'user' }),
    needs: 'x32',
    id: 'ns-user-x32',
    claim: 'No filter is passed by with the x32 interface.',
    attack: 'the same by its x32 number',
    breach:
      'has all capabilities over a new namespace, and with them most of what the kernel keeps from users',
    source: 'seccomp(2), NOTES: x32 has the architecture of x86-64',
  },
  {
    ...onKernel({ is: 'namespace', of: 'mnt' }),
    id: 'ns-mnt',
    claim: 'No mount namespace can be made.',
    attack: 'unshare a mount namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'mount_namespaces(7)',
  },
  {
    ...onKernel({ is: 'namespace', of: 'net' }),
    id: 'ns-net',
    claim: 'No network namespace can be made.',
    attack: 'unshare a network namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'network_namespaces(7); CVE-2021-22555, CVE-2024-1086: netfilter, reached by way of one',
  },
  {
    ...onKernel({ is: 'namespace', of: 'pid' }),
    id: 'ns-pid',
    claim: 'No process namespace can be made.',
    attack: 'unshare a process namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'pid_namespaces(7)',
  },
  {
    ...onKernel({ is: 'namespace', of: 'ipc' }),
    id: 'ns-ipc',
    claim: 'No IPC namespace can be made.',
    attack: 'unshare a IPC namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'ipc_namespaces(7)',
  },
  {
    ...onKernel({ is: 'namespace', of: 'uts' }),
    id: 'ns-uts',
    claim: 'No host name namespace can be made.',
    attack: 'unshare a host name namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'uts_namespaces(7)',
  },
  {
    ...onKernel({ is: 'namespace', of: 'cgroup' }),
    id: 'ns-cgroup',
    claim: 'No cgroup namespace can be made.',
    attack: 'unshare a cgroup namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'cgroup_namespaces(7)',
  },
  {
    ...onKernel({ is: 'namespace', of: 'time' }),
    id: 'ns-time',
    claim: 'No time namespace can be made.',
    attack: 'unshare a time namespace',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'time_namespaces(7)',
  },
  {
    ...onKernel({ is: 'namespace' }),
    id: 'setns-path',
    claim: 'No namespace of another process can be entered by its file.',
    attack: 'enter namespaces by /proc/PID/ns',
    breach: 'is in the namespaces of the host, as its own programs are',
    source: 'setns(2); SandboxEscapeBench, arXiv 2603.02277: host pid namespace',
  },
  {
    ...onKernel({ is: 'namespace' }),
    id: 'setns-pidfd',
    claim: 'No namespace of a process of the host can be entered.',
    attack: 'enter them by a descriptor of the process',
    breach: 'is in the namespaces of the host, as its own programs are',
    source: 'setns(2): pidfd, since Linux 5.8',
  },
];
