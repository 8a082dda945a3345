import { constants } from 'node:os';
import { goneWithin } from '../../host/processes.ts';
import type { BottleSpec } from '../driver.ts';
import { signalAll } from '../sandbox/program.ts';
import { killBottle } from '../sandbox/start.ts';
import { runningInit } from '../sandbox/state.ts';

/** Timeout in milliseconds for the bring-out: up to a full disk, through a processor that may be emulated. */
const BRING_OUT_MS = 180_000;

/**
 * `stop` of the driver: asks the programs in the machine to end, then kills them. After the attendant has brought out
 * their files, the machine ends by itself or is killed (assets/microvm/attendant.pl). After a timeout, kills the
 * sandbox.
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
