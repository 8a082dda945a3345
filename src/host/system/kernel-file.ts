import { readFileSync } from 'node:fs';

/** The text of a file of /proc or /sys; undefined when its subject has disappeared or belongs to another user. */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether this host has swap, according to the text of /proc/swaps; true if that cannot be read. */
export const hasSwap = (text = readKernelFile('/proc/swaps')): boolean =>
  text === undefined || text.trim().split('\n').length > 1;
