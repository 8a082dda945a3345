import type { Targets } from '../arena/targets.ts';
import { all, carryHome, NOT_MADE, within } from './wire.ts';

/** What one bottle left and the next one looks for. Only that nothing was there means that it holds. */

const CARRY_MS = 5_000;
const PERL_MS = 5_000;

/** What looks by perl, and carries it home. */
export const DEADLINE_MS = 15_000;

/** What a search says that was made, and found nothing. */
export const NOTHING_THERE = 'nothing was there';

/** How perl is run for it. */
export const PERL_OPTIONS = { timeout: PERL_MS, killSignal: 'SIGKILL' } as const;

/** Brings home what was found. @throws Error `NOT_MADE` where it stays unheard: it was found all the same */
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

/** Why a search by perl failed. Pure. */
export function whyNotFound(error: unknown): Error {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return new Error(said === NOTHING_THERE ? said : NOT_MADE, { cause: error });
}
