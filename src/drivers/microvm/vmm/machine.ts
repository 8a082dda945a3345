/** What a VMM is asked for: the machine of one bottle. Paths are as the VMM sees them. What its kernel is told, the VMM knows. */
export interface Machine {
  readonly cpus: number;
  readonly memoryMib: number;
  /** An ELF file. */
  readonly kernelPath: string;
  /** An archive. */
  readonly initrdPath: string;
  /** In the order in which the machine sees them: `vda`, `vdb`. */
  readonly disks: readonly Disk[];
  /** An interface of the network that the VMM is in; undefined: it has none. */
  readonly tapName: string | undefined;
}

export interface Disk {
  readonly path: string;
  readonly readOnly: boolean;
}

/** What the network between a machine and its gateway is: two addresses, and nobody else's. */
export const LINK = {
  tapName: 'bottle',
  /** The gateway's. Nothing outside knows these addresses: each bottle's network is its own. */
  gatewayAddress: '10.200.0.1',
  address: '10.200.0.2',
  netmask: '255.255.255.252',
  bits: 30,
  sshPort: 22,
} as const;

/** Where a machine's files are in its sandbox. */
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
