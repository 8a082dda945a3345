import { attachedDriver } from '../attached/driver.ts';
import { checkNerdctl } from './check-rung.ts';
import { callNerdctl, execAttached, findContainer } from './cli.ts';
import { IMAGES } from './images.ts';
import { containerName } from './names.ts';
import { removeResources } from './remove.ts';
import { KATA_BY_NERDCTL } from './rung.ts';
import { planSteps, prepareMachine } from './steps.ts';

/** The driver for bottles that are machines of Kata, made by nerdctl and containerd. */
export const nerdctlDriver = attachedDriver(
  KATA_BY_NERDCTL,
  {
    images: IMAGES,
    agentName: (bottleId) => containerName(bottleId, 'agent'),
    runs: async (name) => (await findContainer(name))?.process?.status === 'running',
    kill: async (name, signal) => await callNerdctl(['kill', '--signal', signal, name]),
    exec: execAttached,
  },
  { check: checkNerdctl, plan: planSteps, prepare: prepareMachine, remove: removeResources },
);
