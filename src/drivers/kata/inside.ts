/**
 * What a container of Kata's says of its own machine: its kernel, its interfaces and its bounds. By itself no proof: an image holds its own
 * shell, and may be its agent's own work. It is asked before the agent's program runs.
 */

/** Bounds are lines with this before them, which no interface has. */
const MARK = '@';

/** Builtins of a shell, and `cat`, which every bottle's image has. The first process is the container's, the other is beside it. */
const INSIDE_SCRIPT = [
  'read -r kernel </proc/version && echo "$kernel" || exit 1',
  `for file in /proc/meminfo /proc/1/status /proc/self/status; do while read -r name value rest; do case "$name" in MemTotal:|SwapTotal:|Seccomp:) echo "${MARK}$file $name $value";; esac; done <"$file"; done`,
  // Of a sysctl the kernel gives a number to the first read alone (proc_dointvec), and shells read byte by byte: so `cat`.
  `echo "${MARK}threads-max: $(PATH="$PATH:/usr/bin:/bin" cat /proc/sys/kernel/threads-max 2>/dev/null)"`,
  `for file in /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max; do [ -r "$file" ] && read -r most <"$file" && echo "${MARK}pids.max: $most"; done`,
  `while IFS=' :' read -r name rest; do echo "$name"; done </proc/net/dev`,
].join('; ');

/** The command that asks. */
export const INSIDE_CALL: readonly string[] = ['/bin/sh', '-c', INSIDE_SCRIPT];

export interface Inside {
  /** The text of /proc/version: name, build and date of a kernel. */
  readonly kernel: string;
  /** Interfaces but the loopback. */
  readonly interfaces: readonly string[];
  /** Memory and swap of the machine; undefined where it does not say. */
  readonly memoryBytes: number | undefined;
  /** How many processes and threads there may be, the least of what it says; undefined where nothing bounds them. */
  readonly mostProcesses: number | undefined;
  /** `Seccomp` of proc(5) of the first process: 2 is a filter. */
  readonly seccomp: number | undefined;
  /** The same of a program that an engine starts beside it: gVisor of 2024-07 gives those none. */
  readonly seccompBeside: number | undefined;
}

/** Of what the script says. Pure. */
export function insideIn(said: string): Inside {
  const [kernel = '', ...lines] = said.trim().split('\n');
  // `sit0` and `tunl0` are there with the kernel's modules, and lead nowhere.
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

/** What of it is not as in a machine of its own that has a network, a line for each. Pure. */
export function insideFaults({ kernel, interfaces }: Inside, hostKernel: string): string[] {
  return [
    ...kernelFaults(kernel, hostKernel),
    ...(interfaces.length > 0
      ? []
      : ['it has no network interface but lo: kata-containers#9340, mended in Kata 3.30']),
  ];
}

/** How much a machine may have: all of its memory, and every thread in it. */
export interface MachineLimits {
  readonly memoryBytes: number;
  readonly pids: number;
}

export const SECCOMP_FILTER = 2;

/** What of a machine is held by nothing in it, or to more than was asked for, a line for each. Pure. */
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

/** Why this is no kernel of the machine's own, a line for each reason. Pure. */
export function kernelFaults(kernel: string, hostKernel: string): string[] {
  return [
    ...(kernel.startsWith('Linux version ') ? [] : [`it says no kernel of its own: ${kernel.slice(0, 80)}`]),
    ...(hostKernel.trim() === '' ? ['this host does not say which kernel it has: /proc/version'] : []),
    ...(kernel === hostKernel.trim() ? [`its kernel is the host's own: ${kernel}`] : []),
  ];
}
