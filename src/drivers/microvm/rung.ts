import type { Rung, Traits } from '../driver.ts';
import { LINK } from './vmm/machine.ts';

/** What machines are, whatever runs them. */
const TRAITS: Traits = {
  ownNetworkStack: false,
  onlySockets: false,
  hasCompanions: false,
  // It is in a user namespace of that user's.
  joinedBy: 'its user',
  gatewayAddress: LINK.gatewayAddress,
  needsImage: true,
  sharesFiles: false,
  limits: 'machine',
  canDetach: true,
  hostSockets: false,
  rootInside: true,
  // Those of the agent's user in the machine.
  minPids: 16,
};

/** Machines that Firecracker runs: it needs KVM, and has little in it that could be attacked. */
export const FIRECRACKER: Rung = {
  runtime: 'firecracker',
  boundary: 'vm',
  engine: 'firecracker',
  traits: TRAITS,
};

/** Machines that QEMU runs: with KVM where this host has it, else emulated. */
export const QEMU: Rung = { runtime: 'qemu', boundary: 'vm', engine: 'qemu', traits: TRAITS };
