import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Mount } from '../store/configuration.ts';

/**
 * A socket of the host in a shared folder is there for a guest of the real one, and cannot be connected to: virtiofs says ENOTSUP.
 * Here something that is no socket lies over each that is there at the start, which says ECONNREFUSED.
 */

const MOST_DEPTH = 3;

/** The places in the guest of the sockets in a shared folder. */
export function socketsIn({ source, destination }: Mount): string[] {
  return below(source, MOST_DEPTH).map((path) => join(destination, relative(source, path)));
}

function below(dir: string, depth: number): string[] {
  if (depth === 0) return [];
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isSocket()) return [path];
      return entry.isDirectory() ? below(path, depth - 1) : [];
    });
  } catch {
    return [];
  }
}
