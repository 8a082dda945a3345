import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';

/** The one rung of this driver. */
export const BUBBLEWRAP: Rung = {
  runtime: 'bubblewrap',
  boundary: 'shared-kernel',
  engine: 'bubblewrap',
  traits: {
    ownNetworkStack: false,
    onlySockets: false,
    hasCompanions: false,
    // It is in a user namespace of that user's.
    joinedBy: 'its user',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: false,
    sharesFiles: true,
    limits: 'rlimit',
    canDetach: true,
    hostSockets: true,
    // One user is mapped, and no other can be had.
    rootInside: false,
    // The bottle's first program, and the threads of one Node.
    minPids: 32,
  },
};
