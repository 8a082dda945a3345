import type { Rung } from '../driver.ts';
import { LINK } from './vmm/machine.ts';

/** The rung whose VMM is QEMU: with the processor's help where this host has it, else emulated. */
export const QEMU: Rung = {
  runtime: 'qemu',
  boundary: 'vm',
  engine: 'qemu',
  traits: {
    ownNetworkStack: false,
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
  },
};
