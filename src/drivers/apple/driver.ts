import { LOOPBACK_GATEWAY, type Rung } from '../driver.ts';
import { attachedDriver } from '../attached/driver.ts';
import { checkApple } from './check-rung.ts';
import { callContainer, execAttached, findContainer } from './cli.ts';
import { IMAGES } from './images.ts';
import { containerName } from './names.ts';
import { removeResources } from './remove.ts';
import { planSteps, prepareMachine } from './steps.ts';

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

/** The driver for bottles that are machines of Apple's `container`. */
export const appleDriver = attachedDriver(
  APPLE,
  {
    images: IMAGES,
    agentName: (bottleId) => containerName(bottleId, 'agent'),
    runs: async (name) => (await findContainer(name))?.state === 'running',
    kill: async (name, signal) => await callContainer(['kill', '--signal', signal, name]),
    exec: execAttached,
  },
  { check: checkApple, plan: planSteps, prepare: prepareMachine, remove: removeResources },
);
