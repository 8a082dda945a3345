import { existsSync, readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endContainerd, pidPath, removeSharedFolders } from './daemon.ts';
import { pathsIn } from './settings.ts';

/**
 * Finds what a killed test leaves, because its containerd keeps running. A link named after the test's process id leads
 * to the stand-in's folder.
 */

const PREFIX = 'bb-nerdctl-stand-in-';
let count = 0;

/** Makes the link to a folder; returns a function that removes it. */
export function noteOwner(dir: string): () => void {
  const link = join(tmpdir(), `${PREFIX}${process.pid}-${(count += 1)}`);
  rmSync(link, { force: true });
  symlinkSync(dir, link);
  return () => {
    rmSync(link, { force: true });
    if (!readdirSync(tmpdir()).some((name) => name.startsWith(PREFIX))) removeSharedFolders();
  };
}

/** Removes the stand-ins of processes that have ended. */
export async function removeLeft(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const dir = taken(join(tmpdir(), name));
    if (dir !== undefined && existsSync(pidPath(pathsIn(dir)))) await endContainerd(pathsIn(dir));
  }
}

/** The target of a link; undefined if another process removed the link first. */
function taken(link: string): string | undefined {
  try {
    const dir = readlinkSync(link);
    unlinkSync(link);
    return dir;
  } catch {
    return undefined;
  }
}
