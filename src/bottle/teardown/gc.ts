import { join } from 'node:path';
import { driverOf } from '../../drivers/index.ts';
import { unusedParts } from '../../drivers/microvm/guest/cache.ts';
import { removePart } from '../../drivers/microvm/guest/base.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { removeTree } from '../../host/files.ts';
import { tryLock } from '../../host/disk/lock.ts';
import { isRunning } from '../../host/processes.ts';
import { withReserve } from '../../host/reserve.ts';
import { Journal } from '../state/journal.ts';
import { partialLayers } from '../guest/agent-layer.ts';
import { leftChecks, removeCheck } from '../state/check-record.ts';
import { type BottleRecord, isLive } from '../state/record.ts';
import {
  bottlePaths,
  forget,
  hasRun,
  leftOnTheWay,
  readAll,
  readRecord,
  removeUnfinishedRecords,
  removeFolder,
} from '../state/store.ts';
import { tearDown } from './teardown.ts';
import { holdsWork } from '../workspace.ts';

/** The result of one collection: ids, or sentences about failures. */
export interface GcReport {
  readonly removed: readonly string[];
  /** Ended but kept: bottles with work, or with the log and receipt of an agent whose launcher crashed. */
  readonly kept: readonly string[];
  readonly failed: readonly string[];
}

/** Number of the last ended bottles that are kept for their log and receipt, even without work. */
const KEEP_ENDED = 20;

type Outcome = 'removed' | 'kept' | 'failed' | 'untouched';

/**
 * Removes leftovers of crashed launchers and old bottles. Never removes work that is not applied. Safe to run at any
 * time, beside starts and other collections. Does not throw: the report lists failures.
 */
export async function collectGarbage(): Promise<GcReport> {
  const { due, report, attempt } = await look();
  const removeLeft = async ({ what, find, remove }: Left): Promise<void> =>
    await attempt(what, async () => {
      for (const found of await find()) {
        await attempt(found, async () => {
          await remove(found);
          report.removed.push(found);
        });
      }
    });
  for (const left of LEFT) await removeLeft(left);
  for (const { id } of due) {
    await attempt(id, async () => {
      const outcome = await withLock(id, collectOne);
      if (outcome !== 'untouched') report[outcome].push(id);
    });
  }
  await removeLeft(LEFT_BY_BOTTLES);
  return report;
}

/** Lists what a collection would remove now; changes nothing. */
export async function planCollection(): Promise<GcReport> {
  const { due, report, attempt } = await look();
  for (const { what, find } of [...LEFT, LEFT_BY_BOTTLES]) {
    await attempt(what, async () => void report.removed.push(...(await find())));
  }
  for (const record of due) {
    await attempt(record.id, async () => void report[await fateOf(record)].push(record.id));
  }
  return report;
}

interface Left {
  readonly what: string;
  readonly find: () => Promise<readonly string[]>;
  readonly remove: (found: string) => Promise<void>;
}

/** Leftovers of killed launchers other than bottles, and files that nothing uses any more. */
const LEFT: readonly Left[] = [
  { what: 'a half-made bottle', find: leftOnTheWay, remove: async (path) => await removeFolder(path) },
  { what: 'a check of a rung', find: leftChecks, remove: removeCheck },
  { what: 'what machines are made of', find: unusedParts, remove: removePart },
];
/** Removed last, because bottles that write to these folders must have ended before. */
const LEFT_BY_BOTTLES: Left = { what: 'an installation', find: partialLayers, remove: removeTree };

async function look() {
  const { records, unreadable } = await readAll();
  const crashed = records.filter(({ phase, owner }) => isLive(phase) && !isRunning(owner));
  const old = records.filter(({ phase }) => !isLive(phase)).slice(0, -KEEP_ENDED);
  const failed = unreadable.map(({ id, reason }) => `${id}: ${reason}`);
  const report = { removed: [] as string[], kept: [] as string[], failed };
  const attempt = async (what: string, collect: () => Promise<void>): Promise<void> => {
    try {
      await collect();
    } catch (error) {
      const fix = error instanceof BottleError ? [error.fix] : [];
      report.failed.push([`${what}: ${reasonOf(error)}`, ...fix].join('; '));
    }
  };
  return { due: [...crashed, ...old], report, attempt };
}

async function collectOne(record: BottleRecord): Promise<Outcome> {
  if (isLive(record.phase)) {
    if (isRunning(record.owner)) return 'untouched';
    await endCrashed(record);
  }
  const fate = await fateOf(record);
  if (fate === 'removed') await forget(record.id);
  return fate;
}

/** A crashed bottle whose agent ran is evidence: it is kept, and then counts among the last ended bottles. */
async function fateOf(record: BottleRecord): Promise<'removed' | 'kept'> {
  const isEvidence = isLive(record.phase) && hasRun(record.id);
  return isEvidence || (await holdsWork(record)) ? 'kept' : 'removed';
}

/** Collects one bottle under a lock: of two simultaneous collections, the second skips it. */
async function withLock(id: string, collect: (record: BottleRecord) => Promise<Outcome>): Promise<Outcome> {
  const release = await withReserve(async () => await tryLock(join(bottlePaths(id).dir, 'gc.lock')));
  if (release === undefined) return 'untouched';
  try {
    const record = await readRecord(id);
    return record === undefined ? 'untouched' : await collect(record);
  } finally {
    await release();
  }
}

async function endCrashed(record: BottleRecord): Promise<void> {
  await removeUnfinishedRecords(record.id);
  const journal = new Journal(record);
  await tearDown(journal, driverOf(record.spec.rung), { launcherLost: true });
  await journal.enter('failed', { reason: 'its launcher ended without cleaning up' });
}
