import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, HAS_ENDED } from '../../errors.ts';
import { agentOwner } from '../../host/user.ts';
import type { Driver, Rung } from '../driver.ts';
import type { Attached } from './attached.ts';
import { ensureImage, findImageNow, type ImageStore } from './image/store.ts';
import { besideProgram } from './machine.ts';
import { openProgram, orderBeside } from './session.ts';

/** The driver of an engine whose client connects programs in a machine by pipes. */

export interface AttachedEngine {
  readonly images: ImageStore;
  /** The name of the agent's machine. */
  readonly agentName: (bottleId: string) => string;
  /** Whether a machine of this name runs. @throws BottleError `rungUnavailable` if the engine does not answer */
  readonly runs: (name: string) => Promise<boolean>;
  /** Sends a signal to its first program, which forwards SIGTERM to the agent's programs. */
  readonly kill: (name: string, signal: 'TERM' | 'KILL') => Promise<unknown>;
  /** Starts a program in it, connected. */
  readonly exec: (bottleId: string, name: string, argv: readonly string[]) => Attached;
}

/** The driver for one rung. */
export function attachedDriver(
  rung: Rung,
  engine: AttachedEngine,
  own: Pick<Driver, 'check' | 'plan' | 'prepare' | 'remove'>,
): Driver {
  const { images, agentName, runs } = engine;
  return {
    ...own,
    rungs: [rung],
    fileOwner: () => agentOwner(),
    hostNames: () => undefined,
    greet: () => undefined,
    prepareImage: async (_rung, image, work) => (await ensureImage(images, image, work)).digest,
    findImage: async (_rung, image, signal) => await findImageNow(images, image, signal),
    exec: async ({ id }, request, io) => {
      const name = agentName(id);
      if (!(await runs(name))) throw new BottleError('usage', 'the bottle does not run', { fix: HAS_ENDED });
      return await openProgram(engine.exec(id, name, besideProgram()), orderBeside(request), io);
    },
    attach: async () => {
      throw new BottleError('usage', `${images.title} cannot connect to an agent that already runs`, {
        fix: 'start a program beside it: bot-bottle exec',
      });
    },
    isRunning: async ({ id }) => await runs(agentName(id)),
    // Only the connected client gets the agent's exit code.
    exitCodeOf: async () => undefined,
    stop: async ({ id }, graceMs) => await stopMachine(engine, agentName(id), graceMs),
    bringOut: async () => undefined,
  };
}

const BETWEEN_LOOKS_MS = 100;

/**
 * Sends SIGTERM, and SIGKILL after the grace period. Succeeds if it has already ended. Assumes that it runs if the
 * engine does not answer.
 */
async function stopMachine({ runs, kill }: AttachedEngine, name: string, graceMs: number): Promise<void> {
  const mayRun = async (): Promise<boolean> => {
    try {
      return await runs(name);
    } catch (error) {
      if (error instanceof BottleError) return true;
      throw error;
    }
  };
  if (!(await mayRun())) return;
  await kill(name, 'TERM');
  for (const end = Date.now() + graceMs; Date.now() < end; await sleep(BETWEEN_LOOKS_MS))
    if (!(await mayRun())) return;
  await kill(name, 'KILL');
}
