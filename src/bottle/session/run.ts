import { setTimeout as sleep } from 'node:timers/promises';
import { driverOf } from '../../drivers/index.ts';
import { BottleError, reasonOf } from '../../errors.ts';
import { logFailure } from '../../gateway/launch/control.ts';
import { watchGateway } from '../../gateway/launch/life.ts';
import type { Interrupt } from './interrupt.ts';
import type { Journal } from '../state/journal.ts';
import { handToKeeper } from './keep.ts';
import { watchDisk } from '../disk/disk-watch.ts';
import { beginBottle, openBottle, type OpenFrontend } from './open.ts';
import { startRefreshing } from '../egress/refreshes.ts';
import type { BottleRequest } from '../request.ts';
import { runSession } from './session.ts';
import { bottlePaths, forget, hasRun } from '../state/store.ts';
import { tearDown } from '../teardown/teardown.ts';
import { holdsWork } from '../workspace.ts';

/** Shows a bottle to the user while it starts. */
export interface RunFrontend extends OpenFrontend {
  /** Called before the agent gets the terminal: progress must be off the screen by then. */
  readonly agentStarts: (id: string) => void;
}

/** How a run ended. */
export type RunResult =
  /** `exitCode`: the agent's, or 128+n of the signal that ended it. */
  | { readonly kind: 'ended'; readonly id: string; readonly exitCode: number; readonly workIsLeft: boolean }
  | { readonly kind: 'detached'; readonly id: string }
  /** A signal to this process came before the agent ran. */
  | { readonly kind: 'interrupted'; readonly exitCode: number };

/**
 * Makes a bottle, runs the agent in it to its end, and removes everything except work, log and receipt.
 * @throws BottleError if the start fails; nothing is left of the bottle then, unless its agent has already run
 */
export async function runBottle(
  request: BottleRequest,
  frontend: RunFrontend,
  interrupt: Interrupt,
): Promise<RunResult> {
  const making = await beginBottle(request);
  const { journal } = making;
  const { id } = journal.record;
  const driver = driverOf(request.check.rung);
  let exitCode: number;
  try {
    const prepared = await openBottle(request, making, { frontend, signal: interrupt.signal });
    frontend.agentStarts(id);
    const troubles = watchForFailures(request, journal, frontend);
    const ended = await runSession(prepared.launch, {
      tty: request.tty,
      isRaw: request.isRaw,
      interrupt,
      unread: (_, why) =>
        frontend.note(
          `the agent's output pipe is closed (${reasonOf(why)}); the agent keeps running. To end it: bot-bottle stop ${id}`,
        ),
    }).finally(troubles.stop);
    for (const line of troubles.untold()) frontend.note(line);
    const failure = prepared.gatewayFailure();
    // The watcher may have reported the end already, but not if the agent ended right after its gateway.
    if (failure !== undefined)
      frontend.note(`the gateway of ${id} has ended before its agent; why the gateway ended: ${failure}`);
    if (ended === 'detached') {
      await handToKeeper(journal, request.secrets);
      return { kind: 'detached', id };
    }
    await tearDown(journal, driver, { launcherLost: false, exitCode: ended });
    await journal.enter('stopped', { exitCode: ended });
    exitCode = interrupt.exitCode ?? ended;
  } catch (error) {
    await undo(journal);
    if (interrupt.exitCode === undefined) throw error;
    return { kind: 'interrupted', exitCode: interrupt.exitCode };
  }
  // Outside the try: a failure to inspect the work must not undo a bottle that has stopped.
  return { kind: 'ended', id, exitCode, workIsLeft: await holdsWork(journal.record) };
}

interface Troubles {
  readonly stop: () => void;
  /** Messages held back because the agent was using the terminal. */
  readonly untold: () => readonly string[];
}

/** Reports failures outside the bottle while its agent runs: of secrets, the log, the gateway and the disk. */
function watchForFailures(
  { secrets, tty }: BottleRequest,
  { record }: Journal,
  { note }: RunFrontend,
): Troubles {
  const later = new Map<string, string>();
  const refreshing = startRefreshing(record, {
    known: secrets.forGateway(),
    failed: (name, error) => later.set(name, `${name} could not be read again: ${withFix(error)}`),
  });
  const { runDir } = bottlePaths(record.id);
  const tell = (about: string, line: string): void => {
    if (tty) later.set(about, line);
    else note(line);
  };
  const asking = new AbortController();
  const watching = watchGateway(runDir, () => {
    asking.abort();
    tell(
      'gateway',
      `the gateway of ${record.id} has ended before its agent, and nothing gets out of the bottle any more: end it (bot-bottle stop ${record.id}) and start another`,
    );
  });
  // A foreign gateway writes its own log and cannot be asked about it.
  if (record.spec.foreignGateway === undefined)
    void untilLogFails(runDir, asking.signal, (why) =>
      tell(
        'log',
        `the log of ${record.id} cannot be written (${why}), and nothing gets out of the bottle until it can`,
      ),
    );
  const disk = watchDisk(record.spec, record.diskStart, (why) =>
    later.set('disk', endedForDisk(record.id, why)),
  );
  const stop = (): void => {
    asking.abort();
    refreshing.stop();
    watching.stop();
    disk.stop();
  };
  return { stop, untold: () => [...later.values()] };
}

const endedForDisk = (id: string, why: string): string =>
  `the agent of ${id} was ended: ${why}; what it wrote is kept (bot-bottle diff ${id}), bot-bottle rm --force ${id} removes it`;

/** Pause before the next request to the gateway: a relay to a gateway in a machine may close long requests. */
const BETWEEN_QUESTIONS_MS = 1_000;

async function untilLogFails(
  runDir: string,
  signal: AbortSignal,
  told: (why: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      told(await logFailure(runDir, signal));
      return;
    } catch {
      await sleep(BETWEEN_QUESTIONS_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

const withFix = (error: unknown): string =>
  [reasonOf(error), ...(error instanceof BottleError ? [error.fix] : [])].join('; ');

/** Removes a bottle whose start failed. If its agent has already run, its work, log and receipt stay. */
async function undo(journal: Journal): Promise<void> {
  const { record } = journal;
  try {
    await tearDown(journal, driverOf(record.spec.rung), { launcherLost: false });
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
  if (hasRun(record.id)) await journal.enter('failed', { reason: 'the launcher failed' });
  else await forget(record.id);
}
