import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';

/** Bottles that are containers of Apple's `container`: each a virtual machine of its own, on macOS 26. */
export const APPLE: Rung = {
  runtime: 'apple',
  boundary: 'vm',
  engine: 'apple',
  traits: {
    ownNetworkStack: true,
    // `--network none`: streams come by vsock to the sockets that are mounted, and nothing else does.
    onlySockets: true,
    hasCompanions: false,
    joinedBy: 'nobody',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: true,
    sharesFiles: true,
    limits: 'machine',
    // No verb connects to a program that runs: ContainerStart.swift of apple/container 1.2.2.
    canDetach: false,
    // RLIMIT_NPROC of the agent's user: there is no --pids-limit.
    minPids: 16,
    hostSockets: true,
    rootInside: true,
  },
};
