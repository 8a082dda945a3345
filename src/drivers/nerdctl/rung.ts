import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';

/** Bottles that are machines of Kata, which containerd starts when `nerdctl` asks. */
export const KATA_BY_NERDCTL: Rung = {
  runtime: 'kata',
  boundary: 'vm',
  engine: 'nerdctl',
  traits: {
    // The machine has no network. The opener joins the network at the other end of its way out: link.ts.
    ownNetworkStack: false,
    onlySockets: false,
    hasCompanions: false,
    joinedBy: 'its user',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: true,
    sharesFiles: true,
    limits: 'machine',
    // `nerdctl attach` shows only later output, on a terminal of the host: pkg/cmd/container/attach.go.
    canDetach: false,
    minPids: 16,
    hostSockets: false,
    rootInside: true,
  },
};
