import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** The processes that /proc shows here. */

/** Their numbers, as text. */
export const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** A file of every one, those that cannot be read left out. */
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

/** A process of the bottle's own that has a word in its arguments and its environment, for as long as this takes. */
export async function withOwnProcess(
  word: string,
  use: (child: ChildProcess) => Promise<void>,
): Promise<void> {
  const child = spawn('sh', ['-c', 'read -r line', word], {
    env: { WORD: word },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  try {
    await use(child);
  } finally {
    child.kill('SIGKILL');
  }
}
