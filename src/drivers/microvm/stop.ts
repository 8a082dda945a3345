import { constants } from 'node:os';
import { goneWithin } from '../../host/processes.ts';
import type { BottleSpec } from '../driver.ts';
import { signalAll } from '../sandbox/program.ts';
import { killBottle } from '../sandbox/start.ts';
import { runningInit } from '../sandbox/state.ts';

/** For what was written in the machine to come out: as much as its disk holds, through a processor that may be emulated. */
const BRING_OUT_MS = 180_000;

/**
 * `stop` of the driver: asks the programs in the machine to end, then ends them. When what they wrote is out, the machine ends by
 * itself or is ended (assets/microvm/attendant.pl); one that never comes so far is ended with all that is around it.
 * @throws BottleError `rungUnavailable` when it does not end
 */
export async function stopMachine({ runDir }: BottleSpec, graceMs: number): Promise<void> {
  const init = await runningInit(runDir);
  if (init === undefined) return;
  if (graceMs > 0) {
    await signalAll(runDir, constants.signals.SIGTERM);
    if (await goneWithin(init, graceMs)) return;
  }
  await signalAll(runDir, constants.signals.SIGKILL);
  await goneWithin(init, BRING_OUT_MS);
  await killBottle(init);
}
