/**
 * Parses what a container of Kata reports about its own machine: its kernel, its interfaces and its limits. The report
 * alone is no proof: the image contains its own shell, and the agent may have made the image. bot-bottle asks before
 * the agent's program runs.
 */

/** The prefix of lines with limits; no interface name begins with it. */
const MARK = '@';

/**
 * Uses only a shell's builtins, and `cat`, which every bottle's image has. /proc/1 is the container's first process,
 * /proc/self is one beside it.
 */
const INSIDE_SCRIPT = [
  'read -r kernel </proc/version && echo "$kernel" || exit 1',
  `for file in /proc/meminfo /proc/1/status /proc/self/status; do while read -r name value rest; do case "$name" in MemTotal:|SwapTotal:|Seccomp:) echo "${MARK}$file $name $value";; esac; done <"$file"; done`,
  // The kernel prints the number of a sysctl only in the first read (proc_dointvec), and shells read byte by byte: so
  // this uses `cat`.
  `echo "${MARK}threads-max: $(PATH="$PATH:/usr/bin:/bin" cat /proc/sys/kernel/threads-max 2>/dev/null)"`,
  `for file in /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max; do [ -r "$file" ] && read -r most <"$file" && echo "${MARK}pids.max: $most"; done`,
  `while IFS=' :' read -r name rest; do echo "$name"; done </proc/net/dev`,
].join('; ');

/** The command that runs the script. */
export const INSIDE_CALL: readonly string[] = ['/bin/sh', '-c', INSIDE_SCRIPT];

export interface Inside {
  /** The text of /proc/version: name, build and date of a kernel. */
  readonly kernel: string;
  /** Interfaces except the loopback. */
  readonly interfaces: readonly string[];
  /** Memory and swap of the machine; undefined if it does not report them. */
  readonly memoryBytes: number | undefined;
  /** The largest number of processes and threads, the smallest of the reported limits; undefined if there is none. */
  readonly mostProcesses: number | undefined;
  /** `Seccomp` of proc(5) of the first process: 2 is a filter. */
  readonly seccomp: number | undefined;
  /** The same for a program that an engine starts beside it: gVisor of 2024-07 sets no filter for those. */
  readonly seccompBeside: number | undefined;
}

/** Parses the script's output. Pure. */
export function insideIn(said: string): Inside {
  const [kernel = '', ...lines] = said.trim().split('\n');
  // The kernel's modules create `sit0` and `tunl0`, which lead nowhere.
  const headings = ['Inter-|', 'face', 'Inter-', '|', '', 'lo', 'sit0', 'tunl0'];
  const values = (name: string): number[] =>
    lines
      .filter((line) => line.startsWith(`${MARK}${name}: `))
      .map((line) => line.slice(MARK.length + name.length + 2))
      .filter((value) => /^\d+$/.test(value))
      .map(Number);
  const [memoryKiB] = values('/proc/meminfo MemTotal');
  const [swapKiB = 0] = values('/proc/meminfo SwapTotal');
  const most = [...values('threads-max'), ...values('pids.max')];
  return {
    kernel: kernel.trim(),
    interfaces: lines.filter((line) => !line.startsWith(MARK) && !headings.includes(line.trim())),
    memoryBytes: memoryKiB === undefined ? undefined : (memoryKiB + swapKiB) * 1024,
    mostProcesses: most.length === 0 ? undefined : Math.min(...most),
    seccomp: values('/proc/1/status Seccomp')[0],
    seccompBeside: values('/proc/self/status Seccomp')[0],
  };
}

/** Differences from a separate machine with a network, one line each. Pure. */
export function insideFaults({ kernel, interfaces }: Inside, hostKernel: string): string[] {
  return [
    ...kernelFaults(kernel, hostKernel),
    ...(interfaces.length > 0
      ? []
      : ['it has no network interface but lo: kata-containers#9340, mended in Kata 3.30']),
  ];
}

/** The limits of a machine: all of its memory, and all threads in it. */
export interface MachineLimits {
  readonly memoryBytes: number;
  readonly pids: number;
}

export const SECCOMP_FILTER = 2;

/** The limits of a machine that are missing or higher than planned, one line each. Pure. */
export function machineBoundFaults(inside: Inside, { memoryBytes, pids }: MachineLimits): string[] {
  return [
    ...overFault(inside.memoryBytes, memoryBytes, (most) => `bytes of memory in its machine: ${most}`),
    ...overFault(inside.mostProcesses, pids, (most) => `processes and threads in its machine: ${most}`),
    ...(inside.seccomp === SECCOMP_FILTER
      ? []
      : [`no seccomp filter holds its first process: Seccomp ${inside.seccomp ?? 'is not said'}`]),
  ];
}

function overFault(
  found: number | undefined,
  allowed: number,
  say: (most: string) => string,
): readonly string[] {
  if (found !== undefined && found <= allowed) return [];
  return [say(`${found ?? 'without a bound'}, where ${allowed} were asked for`)];
}

/** Reasons why this is not the machine's own kernel, one line each. Pure. */
export function kernelFaults(kernel: string, hostKernel: string): string[] {
  return [
    ...(kernel.startsWith('Linux version ') ? [] : [`it reports no kernel: ${kernel.slice(0, 80)}`]),
    ...(hostKernel.trim() === '' ? ['this host does not say which kernel it has: /proc/version'] : []),
    ...(kernel === hostKernel.trim() ? [`its kernel is the host's own: ${kernel}`] : []),
  ];
}
