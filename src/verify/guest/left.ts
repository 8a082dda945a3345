import type { Targets } from '../arena/targets.ts';
import { all, carryHome, NOT_MADE, within } from './wire.ts';

/** What one bottle leaves and the next one searches for. A bottle holds only if the search found nothing. */

const CARRY_MS = 5_000;
const PERL_MS = 5_000;

/** Deadline of an attempt that searches with perl and sends the result home. */
export const DEADLINE_MS = 15_000;

/** The message of a completed search that found nothing. */
export const NOTHING_THERE = 'nothing was there';

/** Options to run perl for a search. */
export const PERL_OPTIONS = { timeout: PERL_MS, killSignal: 'SIGKILL' } as const;

/** Sends home what was found. @throws Error `NOT_MADE` when sending fails, because the search still found something */
export async function carryFound(
  targets: Pick<Targets, 'names' | 'port'>,
  words: readonly string[],
): Promise<void> {
  try {
    await within(CARRY_MS, all(words.map((word) => carryHome(targets, word))));
  } catch (cause) {
    throw new Error(NOT_MADE, { cause });
  }
}

/** Returns the reason why a perl search failed. Pure. */
export function whyNotFound(error: unknown): Error {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return new Error(said === NOTHING_THERE ? said : NOT_MADE, { cause: error });
}
