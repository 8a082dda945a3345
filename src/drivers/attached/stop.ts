import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';

/** Ends a machine whose first program forwards SIGTERM to the agent's programs. */

const BETWEEN_LOOKS_MS = 100;

export interface Stopping {
  /** Whether the machine runs. @throws BottleError if the engine does not answer */
  readonly runs: () => Promise<boolean>;
  readonly kill: (signal: 'TERM' | 'KILL') => Promise<unknown>;
}

/**
 * Sends SIGTERM, and SIGKILL after the grace period. Succeeds if it has already ended. Assumes that it runs if the
 * engine does not answer.
 */
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
