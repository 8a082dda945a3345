/**
 * The machine of one bottle, as a VMM receives it. Paths are as the VMM sees them. Each VMM chooses the kernel's
 * arguments.
 */
export interface Machine {
  readonly cpus: number;
  readonly memoryMib: number;
  /** An ELF file, or a bzImage where the VMM's `startsImages` is true. */
  readonly kernelPath: string;
  /** A cpio archive. */
  readonly initrdPath: string;
  /** In the order in which the machine sees them: `vda`, `vdb`. */
  readonly disks: readonly Disk[];
  /** An interface in the VMM's network. Undefined: the machine has none. */
  readonly tapName: string | undefined;
}

export interface Disk {
  readonly path: string;
  readonly readOnly: boolean;
}

/** The network between a machine and its gateway, with only these two addresses. */
export const LINK = {
  tapName: 'bottle',
  /** The gateway's address. Each bottle has a separate network, so nothing outside knows these addresses. */
  gatewayAddress: '10.200.0.1',
  address: '10.200.0.2',
  netmask: '255.255.255.252',
  bits: 30,
  sshPort: 22,
} as const;

/** Paths of a machine's files in its sandbox. */
export const VM = {
  kernel: '/vm/kernel',
  initrd: '/vm/initrd',
  base: '/vm/base',
  scratch: '/vm/scratch',
  files: '/vm/files',
  work: '/vm/work',
  own: '/vm/own',
  out: '/vm/out',
  saved: '/vm/saved',
  program: '/vm/vmm',
  sshConfig: '/vm/ssh-config',
  sshKey: '/vm/ssh-key',
  knownHosts: '/vm/known-hosts',
} as const;
