import { readFileSync } from 'node:fs';

/** The text of a file of /proc or /sys; undefined when its subject has disappeared or belongs to another user. */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
