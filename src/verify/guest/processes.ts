import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Targets } from '../arena/targets.ts';
import { all, carryHome, NOT_MADE, within } from './wire.ts';

/** The processes that /proc shows in the bottle. */

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

/** Returns their process ids, as text. */
export const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Returns this file of every process, without those that cannot be read. */
export function ofAllProcesses(file: string): string {
  const read = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1');
    } catch {
      return '';
    }
  };
  return processes().map(read).join('\n');
}

/** Calls `use` with a process of the bottle that has a word in its arguments and environment, then kills it. */
export async function withOwnProcess<Result>(
  word: string,
  use: (child: ChildProcess) => Promise<Result> | Result,
): Promise<Result> {
  const child = spawn('sh', ['-c', 'read -r line', word], {
    env: { WORD: word },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  try {
    await shows(child, word);
    return await use(child);
  } finally {
    child.kill('SIGKILL');
  }
}

const MOST_LOOKS = 50;

/** Waits for the arguments: `spawn` fires before they are visible. */
async function shows({ pid }: ChildProcess, word: string): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word)) return;
    await sleep(2);
  }
}
