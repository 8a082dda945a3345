/**
 * What a container of Kata's says of its own machine: its kernel and its interfaces. By itself no proof: an image holds its own
 * shell, and may be its agent's own work.
 */

/** Builtins of a shell alone, which the gate needs as well. */
const INSIDE_SCRIPT = `read -r kernel </proc/version && echo "$kernel" && while IFS=' :' read -r name rest; do echo "$name"; done </proc/net/dev`;

/** The command that asks. */
export const INSIDE_CALL: readonly string[] = ['/bin/sh', '-c', INSIDE_SCRIPT];

export interface Inside {
  /** The text of /proc/version: name, build and date of a kernel. */
  readonly kernel: string;
  /** Interfaces but the loopback. */
  readonly interfaces: readonly string[];
}

/** Of what the script says. Pure. */
export function insideIn(said: string): Inside {
  const [kernel = '', ...lines] = said.trim().split('\n');
  // `sit0` and `tunl0` are there with the kernel's modules, and lead nowhere.
  const headings = ['Inter-|', 'face', 'Inter-', '|', '', 'lo', 'sit0', 'tunl0'];
  return { kernel: kernel.trim(), interfaces: lines.filter((line) => !headings.includes(line.trim())) };
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

/** Why this is no kernel of the machine's own, a line for each reason. Pure. */
export function kernelFaults(kernel: string, hostKernel: string): string[] {
  return [
    ...(kernel.startsWith('Linux version ') ? [] : [`it says no kernel of its own: ${kernel.slice(0, 80)}`]),
    ...(hostKernel.trim() === '' ? ['this host does not say which kernel it has: /proc/version'] : []),
    ...(kernel === hostKernel.trim() ? [`its kernel is the host's own: ${kernel}`] : []),
  ];
}
