import { BottleError, HAS_ENDED } from '../../errors.ts';
import { ensureImage, findImageNow } from '../attached/image/store.ts';
import { besideProgram } from '../attached/machine.ts';
import { agentOwner } from '../../host/user.ts';
import { openProgram, orderBeside } from '../attached/session.ts';
import type { Driver, BottleSpec } from '../driver.ts';
import { callNerdctl, execAttached, findContainer } from './cli.ts';
import { IMAGES } from './images.ts';
import { containerName } from './names.ts';
import { checkNerdctl } from './check-rung.ts';
import { removeResources } from './remove.ts';
import { KATA_BY_NERDCTL } from './rung.ts';
import { planSteps, prepareMachine } from './steps.ts';
import { stopMachine } from '../attached/attached.ts';

/** The driver for bottles that are machines of Kata, made by nerdctl and containerd. */
export const nerdctlDriver: Driver = {
  rungs: [KATA_BY_NERDCTL],
  fileOwner: () => agentOwner(),
  hostNames: () => undefined,
  check: checkNerdctl,
  greet: () => undefined,
  plan: planSteps,
  prepareImage: async (_rung, image, work) => (await ensureImage(IMAGES, image, work)).digest,
  findImage: async (_rung, image, signal) => await findImageNow(IMAGES, image, signal),
  prepare: prepareMachine,
  exec: async (spec, request, io) => {
    const name = containerName(spec.id, 'agent');
    if (!(await runs(name))) throw new BottleError('usage', 'the bottle does not run', { fix: HAS_ENDED });
    return await openProgram(execAttached(spec.id, name, besideProgram()), orderBeside(request), io);
  },
  attach: async () => {
    throw new BottleError(
      'usage',
      'nerdctl cannot connect to a program that runs already: an agent on this rung is with who started it, or ends',
      { fix: 'start a program beside it: bot-bottle exec' },
    );
  },
  isRunning: async (spec) => await runs(containerName(spec.id, 'agent')),
  // The machine's first program is not the agent: only the connected client gets the agent's exit code.
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
      kill: async (signal) => await callNerdctl(['kill', '--signal', signal, name]),
    },
    graceMs,
  );
}

/** Whether a container runs. @throws BottleError `rungUnavailable` if nerdctl does not answer */
const runs = async (name: string): Promise<boolean> =>
  (await findContainer(name))?.process?.status === 'running';
