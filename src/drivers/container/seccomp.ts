/**
 * A seccomp profile of system calls by name, in the engines' form (docs.docker.com/engine/security/seccomp). What it does
 * not name fails with EPERM, or with ENOSYS where it is newer than all that is named. No 32-bit calls: the kernel ends who
 * makes one. Pure.
 */

/** What a program of ours may call besides what starting takes. */
export interface AllowedCalls {
  /** Without `socket`, which is allowed by family. */
  readonly names: readonly string[];
  /** The numbers of AF_UNIX and the like: Linux's socket.h. */
  readonly socketFamilies: readonly number[];
}

/** The flags of clone(2) that make namespaces. */
const NAMESPACE_FLAGS = 0x7e020000;
const ENOSYS = 38;

/** The profile that allows these, and threads: the runtime, which it binds first, is written in Go. */
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
      // A rule for each: conditions of one rule must all hold.
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

/** What runc, crun and the dynamic linker need before a program's own first instruction. */
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
