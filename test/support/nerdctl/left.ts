import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
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
    if (pid === undefined || existsSync(`/proc/${pid}`) || !lstatSync(link).isSymbolicLink()) continue;
    const dir = readlinkSync(link);
    rmSync(link);
    if (existsSync(placeIn(dir).settingsPath)) await endContainerd(placeIn(dir));
  }
}
