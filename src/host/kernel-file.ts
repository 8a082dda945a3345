import { readFileSync } from 'node:fs';

/** A file of /proc or /sys; undefined where what it is about is gone meanwhile, or another user's. */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
