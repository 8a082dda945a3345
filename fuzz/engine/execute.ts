import type { Target } from '../target.ts';
import type { Attempt } from './failures.ts';
import { createJournal, startWatchdog } from './watchdog.ts';

/** A few kilobytes that take longer than this show that the time grows out of proportion. */
const SLOW_MS = 1_000;
const TRIES = 3;

/** Runs inputs, one at a time. Returns the error, whether the target threw it or it was uncaught. */
export function createExecutor(name: string, target: Target): Attempt {
  const watchdog = startWatchdog(name, target.maxBytes + 1024);
  const journal = target.isNative === undefined ? undefined : createJournal(name);
  let astray: Error | undefined;
  const note = (error: unknown): void => {
    astray ??= error instanceof Error ? error : new Error(String(error));
  };
  process.on('uncaughtException', note).on('unhandledRejection', note);

  const once = async (input: Buffer): Promise<Error | undefined> => {
    astray = undefined;
    journal?.(input);
    watchdog.begin(input);
    try {
      const running = target.run(Buffer.from(input));
      if (running !== undefined) await running;
    } catch (error) {
      note(error);
    }
    watchdog.end();
    return astray;
  };

  return async (input) => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const startedMs = performance.now();
      const error = await once(input);
      if (error !== undefined) return error;
      if (performance.now() - startedMs < SLOW_MS) return undefined;
    }
    return new Error('an input takes more than a second');
  };
}
