import { BottleError } from '../../errors.ts';
import type { Driver } from '../driver.ts';
import { agentUser } from '../attached/machine.ts';
import { ensureImage, findImageNow } from '../attached/image/store.ts';
import { IMAGES } from './images.ts';
import { containerName } from './names.ts';
import { prepareMachine } from './prepare.ts';
import { checkApple } from './check/check-rung.ts';
import { removeResources } from './remove.ts';
import { APPLE } from './rung.ts';
import { runBeside } from './session.ts';
import { planSteps } from './steps.ts';
import { runs, stopAgent } from './stop.ts';

/** Bottles that are machines of Apple's `container`. */
export const appleDriver: Driver = {
  rungs: [APPLE],
  fileOwner: () => agentUser(),
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
  // Neither `inspect` nor any other verb has it: who is connected learns it.
  exitCodeOf: async () => undefined,
  stop: stopAgent,
  bringOut: async () => undefined,
  remove: removeResources,
};
