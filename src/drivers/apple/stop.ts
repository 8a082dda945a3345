import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import type { BottleSpec } from '../driver.ts';
import { callContainer, findContainer } from './cli.ts';
import { containerName } from './names.ts';

const BETWEEN_LOOKS_MS = 100;

/**
 * SIGTERM to the agent, by the machine's first program; SIGKILL after the grace. Fine when it has ended already. Where nobody says
 * whether it runs, it does.
 */
export async function stopMachine(spec: BottleSpec, graceMs: number): Promise<void> {
  const name = containerName(spec.id, 'agent');
  if (!(await mayRun(name))) return;
  await callContainer(['kill', '--signal', 'TERM', name]);
  for (const end = Date.now() + graceMs; Date.now() < end; await sleep(BETWEEN_LOOKS_MS))
    if (!(await mayRun(name))) return;
  await callContainer(['kill', '--signal', 'KILL', name]);
}

async function mayRun(name: string): Promise<boolean> {
  try {
    return await runs(name);
  } catch (error) {
    if (error instanceof BottleError) return true;
    throw error;
  }
}

/** Whether a container runs. @throws BottleError `rungUnavailable` where it cannot be asked */
export const runs = async (name: string): Promise<boolean> =>
  (await findContainer(name))?.state === 'running';
