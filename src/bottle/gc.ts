import { join } from 'node:path';
import { driverOf } from '../drivers/index.ts';
import { reasonOf } from '../errors.ts';
import { tryLock } from '../host/lock.ts';
import { isRunning } from '../host/processes.ts';
import { hasWork } from '../workspace/work.ts';
import { Journal } from './journal.ts';
import { removePartialLayers } from './partial-layers.ts';
import { isLive } from './phases.ts';
import { collectProbes } from './probe-record.ts';
import type { BottleRecord } from './record.ts';
import {
  bottlePaths,
  forget,
  readAll,
  readRecord,
  removeLeftOnTheWay,
  removeUnfinishedRecords,
} from './store.ts';
import { tearDown } from './teardown.ts';

/** What one collection did: an id and a sentence each. */
export interface GcReport {
  readonly removed: readonly string[];
  /** Ended, and kept because work is in it. */
  readonly kept: readonly string[];
  readonly failed: readonly string[];
}

/** So many of the last ended bottles without work are kept, for their log and receipt. */
const KEEP_ENDED = 20;

type Outcome = 'removed' | 'kept' | 'failed' | 'untouched';

/**
 * Removes what crashed launchers left and what nobody needs any more. Work that is not applied is never removed.
 * Safe to run at any time, beside starts and other collections. Does not throw: what went wrong is in the report.
 */
export async function collectGarbage(): Promise<GcReport> {
  const { records, unreadable } = await readAll();
  const report = {
    removed: [] as string[],
    kept: [] as string[],
    failed: unreadable.map(({ id, reason }) => `${id}: ${reason}`),
  };
  const crashed = records.filter(({ phase, owner }) => isLive(phase) && !isRunning(owner));
  const old = records.filter(({ phase }) => !isLive(phase)).slice(0, -KEEP_ENDED);
  const attempt = async (what: string, collect: () => Promise<void>): Promise<void> => {
    try {
      await collect();
    } catch (error) {
      report.failed.push(`${what}: ${reasonOf(error)}`);
    }
  };
  await attempt('a half-made bottle', removeLeftOnTheWay);
  await attempt('a probe', async () => void report.removed.push(...(await collectProbes())));
  for (const { id } of [...crashed, ...old]) {
    await attempt(id, async () => {
      const outcome = await withLock(id, collectOne);
      if (outcome !== 'untouched') report[outcome].push(id);
    });
  }
  await attempt('an installation', removePartialLayers);
  return report;
}

async function collectOne(record: BottleRecord): Promise<Outcome> {
  if (!isLive(record.phase)) return await forgetUnlessWork(record);
  return isRunning(record.owner) ? 'untouched' : await collectCrashed(record);
}

/** Two collections at once must not write the same record: the second leaves it to the first. */
async function withLock(id: string, collect: (record: BottleRecord) => Promise<Outcome>): Promise<Outcome> {
  const release = await tryLock(join(bottlePaths(id).dir, 'gc.lock'));
  if (release === undefined) return 'untouched';
  try {
    const record = await readRecord(id);
    return record === undefined ? 'untouched' : await collect(record);
  } finally {
    await release();
  }
}

async function collectCrashed(record: BottleRecord): Promise<Outcome> {
  await removeUnfinishedRecords(record.id);
  const journal = new Journal(record);
  await tearDown(journal, driverOf(record.spec.rung));
  await journal.enter('failed', { reason: 'its launcher ended without cleaning up' });
  return await forgetUnlessWork(record);
}

async function forgetUnlessWork(record: BottleRecord): Promise<Outcome> {
  if (record.workspace.mode === 'copy' && (await hasWork(record.workspace))) return 'kept';
  await forget(record.id);
  return 'removed';
}
