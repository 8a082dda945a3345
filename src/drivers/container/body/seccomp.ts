/**
 * Makes a seccomp profile from names of system calls, in the engines' format (docs.docker.com/engine/security/seccomp).
 * Other calls fail with EPERM, or with ENOSYS if they are newer than all named calls. Allows no 32-bit calls: the
 * kernel kills a process that makes one. Pure.
 */

/** The calls that a program of bot-bottle may make, besides those that starting needs. */
export interface AllowedCalls {
  /** Without `socket`, which `socketFamilies` controls. */
  readonly names: readonly string[];
  /** The numbers of AF_UNIX and others: Linux's socket.h. */
  readonly socketFamilies: readonly number[];
}

/** The flags of clone(2) that make namespaces. */
const NAMESPACE_FLAGS = 0x7e020000;
const ENOSYS = 38;

/** The profile that allows these calls, and threads: it also applies to the runtime, which is written in Go. */
export function seccompOf({ names, socketFamilies }: AllowedCalls): string {
  const allow = 'SCMP_ACT_ALLOW';
  const threads = { index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' };
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'].map((architecture) => ({
      architecture,
      subArchitectures: [],
    })),
    syscalls: [
      { names: [...names, ...TO_START], action: allow },
      // One rule per family: all conditions of one rule must hold.
      ...socketFamilies.map((value) => ({
        names: ['socket'],
        action: allow,
        args: [{ index: 0, value, valueTwo: 0, op: 'SCMP_CMP_EQ' }],
      })),
      { names: ['clone'], action: allow, args: [threads] },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    ],
  });
}

/** The calls that runc, crun and the dynamic linker need before a program's first instruction. */
const TO_START = [
  'execve exit exit_group arch_prctl prctl prlimit64 getrlimit set_tid_address rseq set_robust_list',
  'getrandom futex sched_yield sched_getaffinity nanosleep clock_nanosleep brk mmap munmap mremap',
  'mprotect madvise membarrier open openat openat2 close close_range read pread64 write readv writev',
  'lseek stat fstat lstat newfstatat statx fstatfs access faccessat faccessat2 readlink readlinkat',
  'getcwd chdir fchdir fcntl ioctl dup dup2 dup3 getdents64 epoll_create1 epoll_ctl epoll_pwait',
  'epoll_wait eventfd2 pipe2 rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack tgkill tkill kill',
  'restart_syscall getpid gettid getppid getuid geteuid getgid getegid getgroups capget capset setuid',
  'setgid setgroups setresuid setresgid uname sysinfo clock_gettime clock_getres',
].flatMap((line) => line.split(' '));
