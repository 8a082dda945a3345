import { byPerl, onKernel } from './by-perl.ts';
import type { Probe } from '../probe.ts';

/**
 * Parts of the kernel that agents must not reach. A success leaves only a descriptor or a key, which goes with the
 * process.
 */

export const CALLS: readonly Probe[] = [
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:bpf-map' }),
    id: 'bpf-map',
    claim: 'No BPF map can be made.',
    attack: 'make a BPF map',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'bpf(2); CVE-2021-3490',
    run: byPerl('bpf-map', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:bpf-prog' }),
    id: 'bpf-program',
    claim: 'No BPF program can be loaded.',
    attack: 'load a BPF program',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'bpf(2); CVE-2020-8835, CVE-2021-31440',
    run: byPerl('bpf-program', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:[io_uring]' }),
    id: 'io-uring',
    claim: 'No io_uring can be set up.',
    attack: 'set up an io_uring',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'io_uring_setup(2); CVE-2022-29582, CVE-2023-2598',
    run: byPerl('io-uring', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:[perf_event]' }),
    id: 'perf-event',
    claim: 'No performance event can be opened.',
    attack: 'open a performance event',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'perf_event_open(2); CVE-2013-2094, CVE-2023-2235',
    run: byPerl('perf-event', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:[userfaultfd]' }),
    id: 'userfaultfd',
    claim: 'No page fault can be held up.',
    attack: 'hold up page faults (userfaultfd)',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'userfaultfd(2): races are won with it; sysctl vm.unprivileged_userfaultfd',
    run: byPerl('userfaultfd', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:[fanotify]' }),
    id: 'fanotify',
    claim: 'Nothing can be told of the use of whole file systems.',
    attack: 'watch a file system (fanotify)',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'fanotify_init(2)',
    run: byPerl('fanotify', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'descriptor', of: 'anon_inode:[timerfd]' }),
    id: 'wake-alarm',
    claim: 'The machine cannot be woken.',
    attack: 'set an alarm that wakes the machine',
    breach: 'reaches parts of the kernel that are kept for administrators, and from there its faults',
    source: 'timerfd_create(2): CAP_WAKE_ALARM',
    run: byPerl('wake-alarm', 'own-eventfd'),
  },
  {
    ...onKernel({ is: 'clockError' }),
    id: 'clock-set',
    claim: "The host's clock cannot be set.",
    attack: 'set what the kernel keeps beside its clock',
    closedInTheOpen: 'only root may set a clock, and the process in the open is not root',
    breach: 'sets the clock of the host: certificates and logs are wrong then',
    source:
      'adjtimex(2), clock_adjtime(2), settimeofday(2): CAP_SYS_TIME; no namespace has its own copy of this clock',
    run: byPerl('clock-set', 'own-name'),
  },
  {
    ...onKernel({ is: 'key' }),
    id: 'key-add',
    claim: 'No key can be kept in the kernel.',
    attack: 'add a key',
    breach: 'keeps words in the kernel that others of the same user read, in other bottles too',
    source: 'keyrings(7): not in any namespace; CVE-2016-0728',
    run: byPerl('key-add', 'own-name'),
  },
  {
    ...onKernel({ is: 'key' }),
    id: 'key-session',
    claim: 'No session keyring can be made.',
    attack: 'join a session keyring',
    breach: 'keeps words in the kernel that others of the same user read, in other bottles too',
    source: 'keyctl(2); CVE-2016-0728',
    run: byPerl('key-session', 'own-name'),
  },
  {
    ...onKernel({ is: 'socket', of: 'packet' }),
    id: 'packet-socket',
    claim: 'No raw packet can be sent or read.',
    attack: 'open a packet socket',
    breach: 'reads and forges network traffic',
    source: 'packet(7); CVE-2017-7308, CVE-2020-14386',
    run: byPerl('packet-socket', 'own-socket'),
  },
  {
    ...onKernel({ is: 'socket', of: 'raw' }),
    id: 'raw-socket',
    claim: 'No raw IP socket can be opened.',
    attack: 'open a raw socket',
    breach: 'forges network traffic',
    source: 'raw(7): CAP_NET_RAW',
    run: byPerl('raw-socket', 'own-socket'),
  },
  {
    // Two of the families that can load a module, because ordinary programs use them: loading them is no surprise.
    ...onKernel({ is: 'unlistedSocket' }),
    id: 'socket-family',
    claim: 'No socket can be had that speaks to hypervisors, or loads a module of the kernel.',
    attack: 'open sockets of AF_VSOCK and AF_ALG',
    breach:
      'speaks to the host of a virtual machine past all networks, and reaches code that nothing else uses',
    source: 'vsock(7): in no network namespace; CVE-2021-26708; CVE-2026-31431, CVE-2019-8912: AF_ALG',
    run: byPerl('socket-family', 'own-socket'),
  },
  {
    // Protocols that a kernel has built in, or that an administrator's tools request.
    ...onKernel({ is: 'unlistedSocket' }),
    id: 'socket-protocol',
    claim: 'No socket can be had of a protocol that few programs use.',
    attack: 'open sockets of UDP-Lite, MPTCP, netlink',
    breach: 'reaches code that nothing else uses, and much of which the kernel loads for it',
    source:
      'CVE-2017-6074: DCCP; CVE-2021-23133: SCTP; CVE-2017-16939: NETLINK_XFRM; inet_create in net/ipv4/af_inet.c',
    run: byPerl('socket-protocol', 'own-socket'),
  },
  {
    ...onKernel({ is: 'modulesCame' }),
    needs: 'loadable',
    id: 'module-by-request',
    claim: 'The kernel of the host loads no module for a bottle.',
    attack: 'ask for what the kernel loads modules for',
    breach: 'reaches any of a thousand modules, with faults that rarely used code keeps',
    source:
      'request_module in net/netlink/genetlink.c, net/core/sock_diag.c, net/socket.c, drivers/tty/tty_ldisc.c; CVE-2017-2636',
    run: byPerl('module-by-request', 'own-name'),
  },
  {
    ...onKernel({ is: 'mapped', of: '00000000' }),
    id: 'map-zero',
    claim: 'Nothing can be mapped at address zero.',
    attack: 'map the page at address zero',
    breach: 'turns a null pointer of the kernel into its own data',
    source: 'mmap_min_addr, proc_sys_vm(5)',
    run: byPerl('map-zero', 'own-page'),
  },
];
