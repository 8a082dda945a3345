import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { driverOf } from '../drivers/index.ts';
import { reasonOf } from '../errors.ts';
import { tryLock } from '../host/lock.ts';
import { isRunning } from '../host/processes.ts';
import { hasWork } from '../workspace/work.ts';
import { Journal } from './journal.ts';
import { isLive } from './phases.ts';
import type { BottleRecord } from './record.ts';
import { bottlePaths, forget, listIds, readRecord } from './store.ts';
import { tearDown } from './teardown.ts';

/** What one collection did: an id and a sentence each. */
export interface GcReport {
  readonly removed: readonly string[];
  /** Ended, and kept because work, or a log of the last days, is in it. */
  readonly kept: readonly string[];
  readonly failed: readonly string[];
}

/** Between claiming an id and the first record, a launcher needs milliseconds. */
const CLAIM_GRACE_MS = 10_000;
/** Ended bottles without work are kept this long for their log and receipt. */
const KEEP_LOG_MS = 7 * 24 * 3_600_000;

type Outcome = 'removed' | 'kept' | 'failed' | 'untouched';

/**
 * Removes what crashed launchers left and what nobody needs any more. Work that is not applied is never removed.
 * Safe to run at any time, beside starts and other collections.
 */
export async function collectGarbage(): Promise<GcReport> {
  const report = { removed: [] as string[], kept: [] as string[], failed: [] as string[] };
  for (const id of await listIds()) {
    try {
      const outcome = await collectOne(id);
      if (outcome !== 'untouched') report[outcome].push(id);
    } catch (error) {
      report.failed.push(`${id}: ${reasonOf(error)}`);
    }
  }
  return report;
}

async function collectOne(id: string): Promise<Outcome> {
  const record = await readRecord(id);
  if (record === undefined) return await collectClaim(id);
  if (isLive(record.phase)) return isRunning(record.owner) ? 'untouched' : await withLock(id, collectCrashed);
  const age = Date.now() - Date.parse(record.startedAt);
  return age > KEEP_LOG_MS ? await withLock(id, forgetUnlessWork) : 'untouched';
}

async function collectClaim(id: string): Promise<Outcome> {
  const { mtimeMs } = await stat(bottlePaths(id).dir);
  if (Date.now() - mtimeMs < CLAIM_GRACE_MS) return 'untouched';
  await forget(id);
  return 'removed';
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
