import { stopMachine } from '../attached/stop.ts';
import type { BottleSpec } from '../driver.ts';
import { callNerdctl, findContainer } from './cli.ts';
import { containerName } from './names.ts';

/** `stop` of the driver. */
export async function stopAgent(spec: BottleSpec, graceMs: number): Promise<void> {
  const name = containerName(spec.id, 'agent');
  await stopMachine(
    {
      runs: async () => await runs(name),
      kill: async (signal) => await callNerdctl(['kill', '--signal', signal, name]),
    },
    graceMs,
  );
}

/** Whether a container runs. @throws BottleError `rungUnavailable` where it cannot be asked */
export const runs = async (name: string): Promise<boolean> =>
  (await findContainer(name))?.process?.status === 'running';
