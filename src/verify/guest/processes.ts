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
