import { BottleError } from '../../errors.ts';
import { endProcess, findProcessesOf } from '../../host/processes.ts';
import type { Resource } from '../driver.ts';

/** Grace period of a process, in milliseconds: a gateway among them writes its last counts. */
const LAST_WORDS_MS = 250;

/**
 * Kills every process with the bottle's id: a sandbox consists only of processes.
 * @throws BottleError `rungUnavailable`
 */
export async function removeProcesses(resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    if (resource.kind === 'processes') await endAllOf(resource.bottleId);
  }
}

/** Kills the processes that it finds, and searches again: one of them may just have started another. */
async function endAllOf(bottleId: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const found = findProcessesOf(bottleId);
    if (found.length === 0) return;
    await Promise.all(found.map(async (process) => await endProcess(process, LAST_WORDS_MS)));
  }
  throw new BottleError('rungUnavailable', `processes of bottle ${bottleId} do not end`, {
    details: findProcessesOf(bottleId).map(({ pid }) => `process ${pid}`),
    fix: 'bot-bottle gc tries again; what no signal ends, a restart of this host does',
  });
}
