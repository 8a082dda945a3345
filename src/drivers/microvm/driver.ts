import { agentOwner } from '../../host/user.ts';
import type {
  BottleSpec,
  Driver,
  ExecRequest,
  Resource,
  Session,
  SessionIo,
  Rung,
  Traits,
} from '../driver.ts';
import { attachToAgent, runBeside, removeProcesses } from '../sandbox/life.ts';
import { agentCode, agentRuns } from '../sandbox/state.ts';
import { bringOut } from './files/bring-out.ts';
import { removeGroup } from './group/make.ts';
import { ensureImageDisk, findImageDisk } from './image.ts';
import { prepareMachine } from './prepare.ts';
import { checkMachines } from './check/check-rung.ts';
import { planSteps } from './steps.ts';
import { stopMachine } from './stop.ts';
import { LINK } from './vmm/machine.ts';

/** Traits of all machines, whichever VMM runs them. */
const TRAITS: Traits = {
  ownNetworkStack: false,
  onlySockets: false,
  hasCompanions: false,
  // The bottle is in a user namespace of that user.
  joinedBy: 'its user',
  gatewayAddress: LINK.gatewayAddress,
  needsImage: true,
  sharesFiles: false,
  limits: 'machine',
  canDetach: true,
  hostSockets: false,
  rootInside: true,
  // Counts processes of the agent's user in the machine.
  minPids: 16,
};

/** Machines that Firecracker runs. It needs KVM and has a small attack surface. */
export const FIRECRACKER: Rung = {
  runtime: 'firecracker',
  boundary: 'vm',
  engine: 'firecracker',
  traits: TRAITS,
};

/** Machines that QEMU runs: with KVM where this host has it, else emulated. */
export const QEMU: Rung = { runtime: 'qemu', boundary: 'vm', engine: 'qemu', traits: TRAITS };

/** Driver of bottles that are virtual machines. Each has a separate kernel. */
export const microvmDriver: Driver = {
  rungs: [FIRECRACKER, QEMU],
  fileOwner: () => agentOwner(),
  hostNames: () => undefined,
  check: checkMachines,
  greet: () => undefined,
  plan: planSteps,
  prepareImage: async (_rung, image, work) => (await ensureImageDisk(image, work)).digest,
  findImage: async (_rung, image, signal) => await findImageDisk(image, signal),
  prepare: prepareMachine,
  exec,
  attach: attachToAgent,
  isRunning: async (spec) => (await agentRuns(spec.runDir)) !== undefined,
  exitCodeOf: async (spec) => await agentCode(spec.runDir),
  stop: stopMachine,
  bringOut,
  remove: removeMachine,
};

async function removeMachine(resources: readonly Resource[]): Promise<void> {
  await removeProcesses(resources);
  for (const resource of resources) if (resource.kind === 'group') await removeGroup(resource.hostPath);
}

async function exec(spec: BottleSpec, request: ExecRequest, io: SessionIo): Promise<Session> {
  return await runBeside(spec, { kind: request.asRoot === true ? 'root' : 'exec', ...request }, io);
}
