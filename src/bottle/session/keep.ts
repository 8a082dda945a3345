import { setTimeout as sleep } from 'node:timers/promises';
import { driverOf } from '../../drivers/index.ts';
import { BottleError, HAS_ENDED } from '../../errors.ts';
import { secretEnvironment, wholeEnvironment } from '../../host/env.ts';
import { isRunning } from '../../host/processes.ts';
import { spawnProgram } from '../../host/run.ts';
import { watchDisk } from '../disk/disk-watch.ts';
import { Interrupt } from './interrupt.ts';
import { Journal } from '../state/journal.ts';
import { startRefreshing } from '../egress/refreshes.ts';
import { lentTexts, type BottleSecrets } from '../egress/secrets.ts';
import { readRecord } from '../state/store.ts';
import { tearDown } from '../teardown/teardown.ts';

/**
 * The keeper owns a bottle after the user has detached. It is a separate process in a separate session: it refreshes secrets, waits
 * for the agent to end, and then cleans up as the launcher would have done.
 */

const POLL_MS = 500;
const HANDOVER_DEADLINE_MS = 10_000;
const STOP_GRACE_MS = 5_000;

/** Starts the keeper and waits until the record names it as the owner. @throws BottleError when it does not come up */
export async function handToKeeper(journal: Journal, secrets: BottleSecrets): Promise<void> {
  const { id, owner } = journal.record;
  const keeper = spawnProgram(process.execPath, [process.argv[1] ?? '', 'keep', id], {
    detached: true,
    stdio: 'ignore',
    env: keeperEnvironment(secrets),
  });
  keeper.on('error', () => undefined); // shows as a handover that does not happen
  keeper.unref();
  const deadline = Date.now() + HANDOVER_DEADLINE_MS;
  while (Date.now() < deadline) {
    const record = await readRecord(id);
    if (record === undefined || record.owner.pid !== owner.pid) return;
    await sleep(20);
  }
  throw new BottleError('dependencyMissing', `no keeper came up for bottle ${id}, so it was ended`, {
    fix: 'its work and its log are kept: bot-bottle ls; start again when this host has less to do',
  });
}

/**
 * Variables that locate the state and the engine. Removes secrets that were read from a variable: the keeper runs for
 * days, and the user may have set such a variable for one command only. Programs that read other secrets may need their
 * own variables.
 */
function keeperEnvironment(secrets: BottleSecrets): Record<string, string> {
  const lent = lentTexts(secrets).flatMap(({ texts }) => texts);
  return { ...wholeEnvironment(lent), ...(secrets.refreshes.length > 0 ? secretEnvironment() : {}) };
}

/** The keeper's whole work: takes the bottle over, waits for its agent to end, cleans up. */
export async function keepBottle(id: string): Promise<void> {
  using interrupt = new Interrupt();
  const record = await readRecord(id);
  if (record === undefined || record.phase !== 'running') {
    throw new BottleError('usage', `bottle ${id} does not run`, { fix: HAS_ENDED });
  }
  // The launcher waits until the record names this process as the owner.
  const launcherLost = !isRunning(record.owner);
  const journal = new Journal(record);
  await journal.own(true);
  const driver = driverOf(record.spec.rung);
  // The keeper has no user to report a failure to; the log shows how upstreams answer expired secrets.
  const refreshing = startRefreshing(record, { known: undefined, failed: () => undefined });
  let overDisk: string | undefined;
  const disk = watchDisk(record.spec, record.diskStart, (why) => (overDisk = why));
  while (!interrupt.signal.aborted && (await driver.isRunning(record.spec))) {
    await sleep(POLL_MS, undefined, { signal: interrupt.signal }).catch(() => undefined);
  }
  refreshing.stop();
  disk.stop();
  if (interrupt.signal.aborted) await driver.stop(record.spec, STOP_GRACE_MS);
  const exitCode = await driver.exitCodeOf(record.spec).catch(() => undefined); // an engine that went away: not known
  await tearDown(journal, driver, { launcherLost, exitCode });
  await journal.enter('stopped', {
    reason: overDisk === undefined ? 'ended while detached' : `ended while detached: ${overDisk}`,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
