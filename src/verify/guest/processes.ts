import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The processes that /proc shows in the bottle. */

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
