import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../settings.ts';
import { removeContainer, type Container } from '../store/containers.ts';
import { leaveNetworks } from './network.ts';

/** What of a machine is on this host outside of its container's folder goes with it, however the process that stands for it ends. */

/** Takes it away; the container itself too, where that was asked for. Fine when it is gone already. */
export function tidyUp(place: Place, { id, dir, configuration, isRemovedAtEnd }: Container): void {
  leaveNetworks(dir);
  for (const { hostPath } of configuration.publishedSockets) rmSync(hostPath, { force: true });
  rmSync(join(dir, 'running.json'), { force: true });
  spawnSync('umount', ['--lazy', join(dir, 'root')]);
  if (isRemovedAtEnd) removeContainer(place, id);
}

/** Who does all of that when the pipe to it breaks without a word. */
export interface Tidier {
  /** Lets it end, and waits until it has. */
  release(): Promise<void>;
}

/** Starts it. */
export function startTidier({ stateDir, runtimePath }: Place, { id, dir }: Container): Tidier {
  const script = `read _ || { runc --root "$0" delete --force "$1"; exec "$2" "$3" tidy --root "$4" --uuid "$1"; }`;
  const args = [join(stateDir, 'runc'), id, process.execPath, runtimePath, dir];
  const child = spawn('sh', ['-c', script, ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve()).once('exit', () => resolve());
  });
  return {
    release: async () => {
      child.stdin.on('error', () => undefined).end('\n');
      await ended;
    },
  };
}
