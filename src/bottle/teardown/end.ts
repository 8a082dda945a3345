import type { Resource } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { BottleError } from '../../errors.ts';
import { ownIdentity, endProcess, isRunning } from '../../host/processes.ts';
import { Journal } from '../state/journal.ts';
import { type BottleRecord, isLive } from '../state/record.ts';
import { bottlePaths, findRecord, forget, readRecord, removeFolder } from '../state/store.ts';
import { tearDown } from './teardown.ts';
import { holdsWork } from '../workspace.ts';

/** Grace time for an agent to end, in milliseconds. */
const STOP_GRACE_MS = 5_000;
const OWNER_GRACE_MS = 15_000;

/** Ends a bottle and removes all of it but its work, log and receipt. An ended bottle stays as it is. */
export async function stopBottle(idOrAgent: string, discardsWork = false): Promise<BottleRecord> {
  const record = await findRecord(idOrAgent);
  if (!isLive(record.phase)) return record;
  await driverOf(record.spec.rung).stop(record.spec, STOP_GRACE_MS);
  if (discardsWork) await discardWork(record);
  await askOwnerToEnd(record);
  return await finish(record.id, discardsWork);
}

/** Runs before the rest: on a disk that the agent has filled, the record of its end needs the space. */
async function discardWork({ workspace, spec }: BottleRecord): Promise<void> {
  if (workspace.mode === 'copy') await removeFolder(workspace.workPath, spec.rung);
}

/** Ends the owner (launcher or keeper) with SIGTERM, so that it cleans up; with SIGKILL if it hangs for `OWNER_GRACE_MS`. */
async function askOwnerToEnd(record: BottleRecord): Promise<void> {
  if (record.owner.pid === ownIdentity().pid || !isRunning(record.owner)) return;
  await endProcess(record.owner, OWNER_GRACE_MS);
}

async function finish(id: string, discardsWork: boolean): Promise<BottleRecord> {
  const record = await readRecord(id);
  if (record === undefined)
    throw new BottleError('usage', `bottle ${id} was removed meanwhile`, {
      fix: 'nothing is left to stop; bot-bottle ls lists the bottles',
    });
  if (!isLive(record.phase)) return record;
  const journal = new Journal(record);
  await tearDown(journal, driverOf(record.spec.rung), { launcherLost: true, discardsWork });
  await journal.enter('stopped', { reason: 'stopped by the user' });
  return journal.record;
}

/** What a command would remove, one entry per line. */
interface EndPlan {
  readonly id: string;
  readonly removes: readonly string[];
}

/** The effect of `stop`; changes nothing. */
export async function planStop(idOrAgent: string): Promise<EndPlan> {
  return planOfStop(await findRecord(idOrAgent));
}

function planOfStop({ id, phase, resources }: BottleRecord): EndPlan {
  if (!isLive(phase)) return { id, removes: [] };
  const outside = resources.map(wordsOf);
  return { id, removes: [...new Set(outside), `the gateway of ${id}`, bottlePaths(id).runDir] };
}

function wordsOf(resource: Resource): string {
  if (resource.kind === 'processes') return `every process that carries ${resource.bottleId}`;
  if (resource.kind === 'group') return `control group ${resource.hostPath}`;
  return `${resource.kind} ${resource.name} (${resource.engine})`;
}

/** The effect of `rm`; changes nothing. @throws BottleError as `removeBottle` would */
export async function planRemoval(
  idOrAgent: string,
  force: boolean,
): Promise<EndPlan & { readonly losesWork: boolean }> {
  const record = await removable(idOrAgent, force);
  const losesWork = await mayLoseWork(record, force);
  return {
    id: record.id,
    removes: [...planOfStop(record).removes, bottlePaths(record.id).dir],
    losesWork,
  };
}

/**
 * Removes an ended bottle with its log, receipt and work.
 * @throws BottleError `usage` if it runs, `wouldLoseWork` if its work was not applied; neither with `force`
 */
export async function removeBottle(idOrAgent: string, force: boolean): Promise<string> {
  const found = await removable(idOrAgent, force);
  const record = isLive(found.phase) ? await stopBottle(found.id, force) : found;
  // With `force`, skips the check, which may take long on a large workspace.
  if (!force) await mayLoseWork(record, force);
  await forget(record.id);
  return record.id;
}

async function removable(idOrAgent: string, force: boolean): Promise<BottleRecord> {
  const found = await findRecord(idOrAgent, true);
  if (!isLive(found.phase) || force || !isRunning(found.owner)) return found;
  throw new BottleError('usage', `bottle ${found.id} is ${found.phase}`, {
    fix: `bot-bottle stop ${found.id}, or give --force`,
  });
}

/** Whether work would be lost. Without `force` that is an error; with it, uninspectable work counts as lost. */
async function mayLoseWork(record: BottleRecord, force: boolean): Promise<boolean> {
  const isLost = await holdsWork(record).catch((error: unknown) => {
    if (force) return true;
    throw error;
  });
  if (!isLost || force) return isLost;
  throw new BottleError('wouldLoseWork', `bottle ${record.id} holds work that is not in its project`, {
    fix: `bot-bottle diff ${record.id} shows it, bot-bottle apply ${record.id} brings it back, bot-bottle rm --force ${record.id} discards it`,
  });
}
