import { existsSync } from 'node:fs';
import type { Driver } from '../../drivers/driver.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { removeTree } from '../../host/files.ts';
import { endProcess, findProcessesOf } from '../../host/processes.ts';
import { withReserve } from '../../host/reserve.ts';
import { note } from '../../ui/print.ts';
import type { Journal } from '../state/journal.ts';
import { signLog, type Signer } from '../log/signing-key.ts';
import { saysEnded, type BottleRecord } from '../state/record.ts';
import { bottlePaths } from '../state/store.ts';

export interface TearingDown {
  /** The bottle's owner is gone and another process cleans up, so that its log may have been changed in between. */
  readonly launcherLost: boolean;
  /** The agent's exit code. */
  readonly exitCode?: number | undefined;
  /** The user wants to discard the work: do not wait for files that a machine does not deliver. */
  readonly discardsWork?: boolean;
}

/**
 * Removes everything of a bottle outside its folder, and its runtime files. Work, log and receipt stay. The same
 * function cleans up after an agent that ended, after `stop` and after a crash. It is idempotent.
 */
export async function tearDown(
  journal: Journal,
  driver: Driver,
  { launcherLost, exitCode, discardsWork = false }: TearingDown,
): Promise<void> {
  const { id, phase } = journal.record;
  await journal.enter('stopping', exitCode === undefined ? {} : { exitCode });
  try {
    if (!discardsWork) await driver.bringOut(journal.record.spec, true);
    await driver.remove(journal.record.resources);
    await endProcessesOf(id);
    await removeTree(bottlePaths(id).runDir);
    await signItsLog(journal.record, { launcherLost, hasRun: phase === 'running' });
  } catch (error) {
    // Keep the phase `stopping`: `ls` shows it, and the next gc tries again.
    await journal.enter('stopping', { reason: `could not be removed: ${reasonOf(error)}` });
    throw error;
  }
}

/** Signs the log. A failure does not stop the teardown: `logs verify` reports the missing signature. */
async function signItsLog(
  record: BottleRecord,
  signer: Signer & { readonly hasRun: boolean },
): Promise<void> {
  const { id, spec } = record;
  try {
    // Refuses a second signature for a record that was put back into an earlier phase after its end.
    if (saysEnded(record)) throw new Error('its record says that it had ended before');
    // The gateway creates the log before it is ready.
    if (signer.hasRun && spec.foreignGateway === undefined && !existsSync(bottlePaths(id).auditPath))
      throw new Error('it was removed, or moved away, while the bottle ran');
    await withReserve(async () => await signLog(id, signer));
  } catch (error) {
    note(`the log of ${id} is not signed: ${reasonOf(error)}`);
  }
}

/** Ends every process that carries the bottle's id, the gateway among them. @throws BottleError `rungUnavailable` */
async function endProcessesOf(id: string): Promise<void> {
  const left = await Promise.all(findProcessesOf(id).map((process) => endProcess(process)));
  if (!left.includes(false)) return;
  throw new BottleError('rungUnavailable', `a process of ${id} does not end`, {
    fix: 'bot-bottle gc tries again',
  });
}
