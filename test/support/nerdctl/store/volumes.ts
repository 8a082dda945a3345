import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Volumes: a folder for each (pkg/mountutil/volumestore). */

export interface Volumes {
  /** Of one namespace. */
  readonly dir: string;
}

/** As pkg/idgen makes it. */
export const newVolumeName = (): string => randomBytes(32).toString('hex');

/** Makes it where it is not there, and gives the path of its files. */
export function createVolume({ dir }: Volumes, name: string): string {
  const path = join(dir, name, '_data');
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
}

/** Takes it away. */
export const removeVolume = ({ dir }: Volumes, name: string): void =>
  rmSync(join(dir, name), { recursive: true, force: true });
