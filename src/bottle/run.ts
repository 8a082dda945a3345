import { driverOf } from '../drivers/index.ts';
import { BottleError, reasonOf } from '../errors.ts';
import { hasWork } from '../workspace/work.ts';
import { Interrupt } from './interrupt.ts';
import type { Journal } from './journal.ts';
import { handToKeeper } from './keep.ts';
import { beginBottle, openBottle, type OpenFrontend } from './open.ts';
import type { BottleRequest } from './request.ts';
import { runSession } from './session.ts';
import { forget } from './store.ts';
import { tearDown } from './teardown.ts';

/** How a bottle is shown while it starts. */
export interface RunFrontend extends OpenFrontend {
  /** All is ready: from now on the streams are the agent's, so progress must be off the screen. */
  readonly agentStarts: (id: string) => void;
}

export interface RunResult {
  readonly id: string;
  /** The agent's exit code, 128+n of the signal that ended it; undefined when the user detached. */
  readonly exitCode: number | undefined;
  /** The copied workspace holds work that is not in the project. */
  readonly workIsLeft: boolean;
}

/**
 * Makes a bottle, runs the agent in it to its end, and removes all but work, log and receipt.
 * @throws BottleError whatever stood in the way of the start; nothing is left of the bottle then
 */
export async function runBottle(request: BottleRequest, frontend: RunFrontend): Promise<RunResult> {
  using interrupt = new Interrupt();
  const making = await beginBottle(request);
  const { journal } = making;
  const { id } = journal.record;
  const driver = driverOf(request.probe.rung);
  try {
    const prepared = await openBottle(request, making, { frontend, signal: interrupt.signal });
    await journal.enter('running');
    frontend.agentStarts(id);
    const ended = await runSession(prepared.launch, { tty: request.tty, interrupt });
    if (ended === 'detached') {
      await handToKeeper(journal);
      return { id, exitCode: undefined, workIsLeft: false };
    }
    await tearDown(journal, driver, ended);
    await journal.enter('stopped', { exitCode: ended });
    return { id, exitCode: interrupt.exitCode ?? ended, workIsLeft: await workIsLeft(journal) };
  } catch (error) {
    await undo(journal);
    if (interrupt.exitCode === undefined) throw error;
    return { id, exitCode: interrupt.exitCode, workIsLeft: false };
  }
}

async function workIsLeft({ record }: Journal): Promise<boolean> {
  return record.workspace.mode === 'copy' && (await hasWork(record.workspace));
}

/** Removes a bottle that did not come to run; one whose agent has run already keeps its work. */
async function undo(journal: Journal): Promise<void> {
  const { record } = journal;
  const hasRun = record.phase !== 'preparing' && record.phase !== 'opening';
  try {
    await tearDown(journal, driverOf(record.spec.rung));
  } catch (error) {
    throw new BottleError(
      'dependencyMissing',
      `bottle ${record.id} could not be removed: ${reasonOf(error)}`,
      {
        fix: 'bot-bottle gc tries again',
        cause: error,
      },
    );
  }
  if (hasRun && (await workIsLeft(journal))) await journal.enter('failed', { reason: 'the launcher failed' });
  else await forget(record.id);
}
