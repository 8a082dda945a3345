import { agentOwner } from '../../host/user.ts';
import type { BottleSpec, Driver, ExecRequest, Resource, Session, SessionIo } from '../driver.ts';
import { attachToAgent, runBeside } from '../sandbox/life.ts';
import { removeProcesses } from '../sandbox/remove.ts';
import { agentCode, agentRuns } from '../sandbox/state.ts';
import { bringOut } from './files/bring-out.ts';
import { removeGroup } from './group/make.ts';
import { ensureImageDisk, findImageDisk } from './image.ts';
import { prepareMachine } from './prepare.ts';
import { checkMachines } from './check-rung.ts';
import { FIRECRACKER, QEMU } from './rung.ts';
import { planSteps } from './steps.ts';
import { stopMachine } from './stop.ts';

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
