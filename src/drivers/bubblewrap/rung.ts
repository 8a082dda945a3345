import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';

/** The only rung of this driver. */
export const BUBBLEWRAP: Rung = {
  runtime: 'bubblewrap',
  boundary: 'shared-kernel',
  engine: 'bubblewrap',
  traits: {
    ownNetworkStack: false,
    onlySockets: false,
    hasCompanions: false,
    // The bottle is in a user namespace of that user.
    joinedBy: 'its user',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: false,
    sharesFiles: true,
    limits: 'rlimit',
    canDetach: true,
    hostSockets: true,
    // Only one user is mapped; the bottle cannot get another.
    rootInside: false,
    // The bottle's first program, and the threads of one Node.
    minPids: 32,
  },
};
