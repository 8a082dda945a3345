import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';

/** Bottles that are containers of Apple's `container`: each is a separate virtual machine, on macOS 26. */
export const APPLE: Rung = {
  runtime: 'apple',
  boundary: 'vm',
  engine: 'apple',
  traits: {
    ownNetworkStack: true,
    // `--network none`: streams arrive by vsock at the mounted sockets, and nothing else does.
    onlySockets: true,
    hasCompanions: false,
    joinedBy: 'nobody',
    gatewayAddress: LOOPBACK_GATEWAY,
    needsImage: true,
    sharesFiles: true,
    limits: 'machine',
    // No verb connects to a running program: ContainerStart.swift of apple/container 1.2.2.
    canDetach: false,
    // RLIMIT_NPROC of the agent's user: there is no --pids-limit.
    minPids: 16,
    hostSockets: true,
    rootInside: true,
  },
};
