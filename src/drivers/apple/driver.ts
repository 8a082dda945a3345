import { BottleError } from '../../errors.ts';
import { agentOwner } from '../../host/user.ts';
import { ensureImage, findImageNow } from '../attached/image/store.ts';
import { IMAGES } from './images.ts';
import { containerName } from './names.ts';
import { checkApple } from './check-rung.ts';
import { removeResources } from './remove.ts';
import { runBeside } from './session.ts';
import { planSteps, prepareMachine } from './steps.ts';
import { stopMachine } from '../attached/attached.ts';
import { callContainer, findContainer } from './cli.ts';
import { LOOPBACK_GATEWAY, type Rung, type Driver, type BottleSpec } from '../driver.ts';

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
export const appleDriver: Driver = {
  rungs: [APPLE],
  fileOwner: () => agentOwner(),
  hostNames: () => undefined,
  check: checkApple,
  greet: () => undefined,
  plan: planSteps,
  prepareImage: async (_rung, image, work) => (await ensureImage(IMAGES, image, work)).digest,
  findImage: async (_rung, image, signal) => await findImageNow(IMAGES, image, signal),
  prepare: prepareMachine,
  exec: runBeside,
  attach: async () => {
    throw new BottleError(
      'usage',
      'Apple’s container cannot connect to a program that runs already: an agent on this rung is with who started it, or ends',
      { fix: 'start a program beside it: bot-bottle exec' },
    );
  },
  isRunning: async (spec) => await runs(containerName(spec.id, 'agent')),
  // Neither `inspect` nor any other verb has it: only the connected client gets it.
  exitCodeOf: async () => undefined,
  stop: stopAgent,
  bringOut: async () => undefined,
  remove: removeResources,
};

/** Implements `stop` of the driver. */
async function stopAgent(spec: BottleSpec, graceMs: number): Promise<void> {
  const name = containerName(spec.id, 'agent');
  await stopMachine(
    {
      runs: async () => await runs(name),
      kill: async (signal) => await callContainer(['kill', '--signal', signal, name]),
    },
    graceMs,
  );
}

/** Whether a container runs. @throws BottleError `rungUnavailable` if the engine does not answer */
const runs = async (name: string): Promise<boolean> => (await findContainer(name))?.state === 'running';
