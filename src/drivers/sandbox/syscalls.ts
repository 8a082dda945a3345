/**
 * The system calls that the filter refuses, as data. Numbers: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h (arm64). The filter allows all others up to NEWEST_SYSCALL, the newest reviewed
 * call.
 */

export type Machine = 'x64' | 'arm64';

export interface SyscallRule {
  readonly name: string;
  /** The call's number on each machine; undefined if the machine lacks it. */
  readonly x64: number | undefined;
  readonly arm64: number | undefined;
  readonly errno: number;
  /** The call is allowed if all checks of one of these lists hold. Without lists it is always refused. */
  readonly allowedWhere?: readonly (readonly ArgumentCheck[])[];
}

/** A check of an argument's low 32 bits: the kernel treats every checked argument as an `int`. */
export type ArgumentCheck =
  | { readonly argument: number; readonly anyOf: readonly number[] }
  | { readonly argument: number; readonly noneOf: readonly number[] }
  | { readonly argument: number; readonly noBitsOf: number };

export const ERRNO = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** mseal, of Linux 6.10. Newer calls get ENOSYS, as from a kernel that lacks them. */
export const NEWEST_SYSCALL = 462;

type Row = readonly [name: string, x64: number | undefined, arm64: number | undefined];

/**
 * Calls that an agent must not make: other processes' memory, the kernel itself, mounts, namespaces, keys, the clock.
 */
const REFUSED: readonly Row[] = [
  ['mount', 165, 40],
  ['umount2', 166, 39],
  ['pivot_root', 155, 41],
  ['chroot', 161, 51],
  ['swapon', 167, 224],
  ['swapoff', 168, 225],
  ['quotactl', 179, 60],
  ['quotactl_fd', 443, 443],
  ['open_by_handle_at', 304, 265],
  ['fanotify_init', 300, 262],
  ['unshare', 272, 97],
  ['setns', 308, 268],
  ['ptrace', 101, 117],
  ['process_vm_readv', 310, 270],
  ['process_vm_writev', 311, 271],
  ['kcmp', 312, 272],
  ['pidfd_getfd', 438, 438],
  ['process_madvise', 440, 440],
  ['add_key', 248, 217],
  ['request_key', 249, 218],
  ['keyctl', 250, 219],
  ['bpf', 321, 280],
  ['perf_event_open', 298, 241],
  ['userfaultfd', 323, 282],
  ['kexec_load', 246, 104],
  ['kexec_file_load', 320, 294],
  ['init_module', 175, 105],
  ['finit_module', 313, 273],
  ['delete_module', 176, 106],
  ['syslog', 103, 116],
  ['lookup_dcookie', 212, 18],
  ['iopl', 172, undefined],
  ['ioperm', 173, undefined],
  ['modify_ldt', 154, undefined],
  ['uselib', 134, undefined],
  ['ustat', 136, undefined],
  ['sysfs', 139, undefined],
  ['_sysctl', 156, undefined],
  ['nfsservctl', 180, 42],
  ['acct', 163, 89],
  ['reboot', 169, 142],
  ['vhangup', 153, 58],
  ['settimeofday', 164, 170],
  ['clock_settime', 227, 112],
  ['clock_adjtime', 305, 266],
  ['adjtimex', 159, 171],
  ['sethostname', 170, 161],
  ['setdomainname', 171, 162],
  ['mbind', 237, 235],
  ['set_mempolicy', 238, 237],
  ['migrate_pages', 256, 238],
  ['move_pages', 279, 239],
  // The cpus limit is the set of CPUs that the bottle may run on.
  ['sched_setaffinity', 203, 122],
];

/** Calls that programs can do without. clone3 and io_uring hide their operations from a filter. */
const MISSING: readonly Row[] = [
  ['clone3', 435, 435],
  ['io_uring_setup', 425, 425],
  ['io_uring_enter', 426, 426],
  ['io_uring_register', 427, 427],
  ['open_tree', 428, 428],
  ['move_mount', 429, 429],
  ['fsopen', 430, 430],
  ['fsconfig', 431, 431],
  ['fsmount', 432, 432],
  ['fspick', 433, 433],
  ['mount_setattr', 442, 442],
  ['set_mempolicy_home_node', 450, 450],
  ['vmsplice', 278, 75],
];

const FAMILY = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16 } as const;
/**
 * 0 is the default. Excludes SCTP, L2TP, UDP-Lite and MPTCP, for which the kernel loads modules that nothing else uses.
 */
const IP_PROTOCOLS = { default: 0, ICMP: 1, TCP: 6, UDP: 17, ICMPV6: 58 } as const;
/** The allowed netlink protocols. The numbers of IP protocols have other meanings here: 6 is NETLINK_XFRM. */
const NETLINK_PROTOCOLS = { ROUTE: 0 } as const;
/** Bits of types other than SOCK_STREAM, DGRAM and RAW: for SOCK_DCCP (6), protocol 0 is DCCP. */
const RARE_TYPES = 0xc;
/** clone(2): CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e02_0000;
/** ioctl_tty(2): insert input into a terminal, control the console, load a line discipline. */
const TERMINAL_TRICKS = { TIOCSTI: 0x5412, TIOCLINUX: 0x541c, TIOCSETD: 0x5423 } as const;
/**
 * linux/sockios.h: on any socket, these requests make the kernel load `bridge` and `8021q` (sock_ioctl in
 * net/socket.c).
 */
const MODULE_REQUESTS = {
  SIOCGIFBR: 0x8940,
  SIOCSIFBR: 0x8941,
  SIOCGIFVLAN: 0x8982,
  SIOCSIFVLAN: 0x8983,
  SIOCBRADDBR: 0x89a0,
  SIOCBRDELBR: 0x89a1,
} as const;
/** personality(2): Linux, 32 bits, old version numbers, and a query. Excludes READ_IMPLIES_EXEC. */
const PERSONALITIES = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff] as const;

const CHECKED: readonly SyscallRule[] = [
  {
    name: 'socket',
    x64: 41,
    arm64: 198,
    errno: ERRNO.EAFNOSUPPORT,
    // A network namespace does not confine AF_VSOCK; AF_ALG, AF_PACKET and similar families are the kernel's least used
    // code.
    allowedWhere: [
      [{ argument: 0, anyOf: [FAMILY.UNIX] }],
      [
        { argument: 0, anyOf: [FAMILY.INET, FAMILY.INET6] },
        { argument: 1, noBitsOf: RARE_TYPES },
        { argument: 2, anyOf: Object.values(IP_PROTOCOLS) },
      ],
      [
        { argument: 0, anyOf: [FAMILY.NETLINK] },
        { argument: 2, anyOf: Object.values(NETLINK_PROTOCOLS) },
      ],
    ],
  },
  {
    name: 'socketpair',
    x64: 53,
    arm64: 199,
    errno: ERRNO.EAFNOSUPPORT,
    allowedWhere: [[{ argument: 0, anyOf: [FAMILY.UNIX] }]],
  },
  {
    name: 'clone',
    x64: 56,
    arm64: 220,
    errno: ERRNO.EPERM,
    allowedWhere: [[{ argument: 0, noBitsOf: NEW_NAMESPACES }]],
  },
  {
    name: 'ioctl',
    x64: 16,
    arm64: 29,
    errno: ERRNO.EPERM,
    allowedWhere: [[{ argument: 1, noneOf: Object.values({ ...TERMINAL_TRICKS, ...MODULE_REQUESTS }) }]],
  },
  {
    name: 'personality',
    x64: 135,
    arm64: 92,
    errno: ERRNO.EPERM,
    allowedWhere: [[{ argument: 0, anyOf: PERSONALITIES }]],
  },
  {
    // Only the caller's own limits: the bottle's first program runs as the same user.
    name: 'prlimit64',
    x64: 302,
    arm64: 261,
    errno: ERRNO.EPERM,
    allowedWhere: [[{ argument: 0, anyOf: [0] }]],
  },
];

const always =
  (errno: number) =>
  ([name, x64, arm64]: Row): SyscallRule => ({ name, x64, arm64, errno });

/** Every rule of the filter. */
export const SYSCALL_RULES: readonly SyscallRule[] = [
  ...CHECKED,
  ...REFUSED.map(always(ERRNO.EPERM)),
  ...MISSING.map(always(ERRNO.ENOSYS)),
];
