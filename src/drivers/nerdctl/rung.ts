import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';

/** Bottles that are machines of Kata's, which containerd starts at the word of `nerdctl`. */
export const KATA_BY_NERDCTL: Rung = {
  runtime: 'kata',
  boundary: 'vm',
  engine: 'nerdctl',
  traits: {
    // The machine has no network of any kind. What is joined is that of the other end of its way out: link.ts.
    ownNetworkStack: false,
    onlySockets: false,
    hasCompanions: false,
    joinedBy: 'its user',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: true,
    sharesFiles: true,
    limits: 'machine',
    // `nerdctl attach` shows what came since, on a terminal of the host's: pkg/cmd/container/attach.go.
    canDetach: false,
    minPids: 16,
    hostSockets: false,
    rootInside: true,
  },
};
