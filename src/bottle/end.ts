import { driverOf } from '../drivers/index.ts';
import { BottleError } from '../errors.ts';
import { endProcess, isRunning } from '../host/processes.ts';
import { hasWork } from '../workspace/work.ts';
import { Journal, ownIdentity } from './journal.ts';
import { isLive } from './phases.ts';
import type { BottleRecord } from './record.ts';
import { findRecord, forget, readRecord } from './store.ts';
import { tearDown } from './teardown.ts';

/** How long an agent may take to end by itself. */
const STOP_GRACE_MS = 5_000;
const OWNER_GRACE_MS = 15_000;

/** Ends a bottle and removes all of it but its work, log and receipt. An ended bottle stays as it is. */
export async function stopBottle(idOrAgent: string): Promise<BottleRecord> {
  const record = await findRecord(idOrAgent);
  if (!isLive(record.phase)) return record;
  await driverOf(record.spec.rung).stop(record.spec, STOP_GRACE_MS);
  await askOwnerToEnd(record);
  return await finish(record.id);
}

/** The launcher or keeper sees its agent end and cleans up by itself; one that hangs is ended. */
async function askOwnerToEnd(record: BottleRecord): Promise<void> {
  if (record.owner.pid === ownIdentity().pid || !isRunning(record.owner)) return;
  await endProcess(record.owner, OWNER_GRACE_MS);
}

async function finish(id: string): Promise<BottleRecord> {
  const record = await readRecord(id);
  if (record === undefined) throw new BottleError('usage', `bottle ${id} was removed meanwhile`);
  if (!isLive(record.phase)) return record;
  const journal = new Journal(record);
  await tearDown(journal, driverOf(record.spec.rung));
  await journal.enter('stopped', { reason: 'stopped by the user' });
  return journal.record;
}

/**
 * Removes an ended bottle with its log, receipt and work.
 * @throws BottleError `usage` when it runs, `wouldLoseWork` when its work was not applied and `force` is not given
 */
export async function removeBottle(idOrAgent: string, force: boolean): Promise<string> {
  const found = await findRecord(idOrAgent, true);
  if (isLive(found.phase) && !force && isRunning(found.owner)) {
    throw new BottleError('usage', `bottle ${found.id} is ${found.phase}`, {
      fix: `bot-bottle stop ${found.id}, or give --force`,
    });
  }
  const record = isLive(found.phase) ? await stopBottle(found.id) : found;
  if (!force && record.workspace.mode === 'copy' && (await hasWork(record.workspace))) {
    throw new BottleError(
      'wouldLoseWork',
      `bottle ${record.id} holds work that is not in ${record.workspace.projectPath}`,
      {
        fix: `bot-bottle diff ${record.id} shows it, bot-bottle apply ${record.id} brings it back, rm --force discards it`,
      },
    );
  }
  await forget(record.id);
  return record.id;
}
