import type { Rung, Traits } from '../driver.ts';
import { LINK } from './vmm/machine.ts';

/** Traits of all machines, whichever VMM runs them. */
const TRAITS: Traits = {
  ownNetworkStack: false,
  onlySockets: false,
  hasCompanions: false,
  // The bottle is in a user namespace of that user.
  joinedBy: 'its user',
  gatewayAddress: LINK.gatewayAddress,
  needsImage: true,
  sharesFiles: false,
  limits: 'machine',
  canDetach: true,
  hostSockets: false,
  rootInside: true,
  // Counts processes of the agent's user in the machine.
  minPids: 16,
};

/** Machines that Firecracker runs. It needs KVM and has a small attack surface. */
export const FIRECRACKER: Rung = {
  runtime: 'firecracker',
  boundary: 'vm',
  engine: 'firecracker',
  traits: TRAITS,
};

/** Machines that QEMU runs: with KVM where this host has it, else emulated. */
export const QEMU: Rung = { runtime: 'qemu', boundary: 'vm', engine: 'qemu', traits: TRAITS };
