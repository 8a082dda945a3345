import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';

/** The end of a machine whose first program passes SIGTERM on to the agent's programs. */

const BETWEEN_LOOKS_MS = 100;

export interface Stopping {
  /** @throws BottleError where it cannot be asked */
  readonly runs: () => Promise<boolean>;
  readonly kill: (signal: 'TERM' | 'KILL') => Promise<unknown>;
}

/** SIGTERM, and SIGKILL after the grace. Fine when it has ended already. Where nobody says whether it runs, it does. */
export async function stopMachine({ runs, kill }: Stopping, graceMs: number): Promise<void> {
  const mayRun = async (): Promise<boolean> => {
    try {
      return await runs();
    } catch (error) {
      if (error instanceof BottleError) return true;
      throw error;
    }
  };
  if (!(await mayRun())) return;
  await kill('TERM');
  for (const end = Date.now() + graceMs; Date.now() < end; await sleep(BETWEEN_LOOKS_MS))
    if (!(await mayRun())) return;
  await kill('KILL');
}
