import { existsSync, readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endContainerd, sweepShared } from './containerd/daemon.ts';
import { placeIn } from './settings.ts';

/** What a test that was killed has left: its containerd goes on. A link of the process's number says whose a folder is. */

const PREFIX = 'bb-nerdctl-stand-in-';
let count = 0;

/** Notes that a folder is of this process; what is given back forgets it, and sweeps if it was the last. */
export function noteOwner(dir: string): () => void {
  const link = join(tmpdir(), `${PREFIX}${process.pid}-${(count += 1)}`);
  rmSync(link, { force: true });
  symlinkSync(dir, link);
  return () => {
    rmSync(link, { force: true });
    if (!readdirSync(tmpdir()).some((name) => name.startsWith(PREFIX))) sweepShared();
  };
}

/** Takes away those of processes that are not there any more. */
export async function removeLeft(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
    const link = join(tmpdir(), name);
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const dir = taken(link);
    if (dir !== undefined && existsSync(placeIn(dir).settingsPath)) await endContainerd(placeIn(dir));
  }
}

/** Where it leads, for who removes it; undefined where another was first. */
function taken(link: string): string | undefined {
  try {
    const dir = readlinkSync(link);
    unlinkSync(link);
    return dir;
  } catch {
    return undefined;
  }
}
