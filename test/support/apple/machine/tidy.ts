import { spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
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

/** Who does all of that when the pipe to it breaks without a word; a line in it lets it end. */
export function startTidier({ stateDir, runtimePath }: Place, { id, dir }: Container): Writable {
  const script =
    'read _ || { runc --root "$0" delete --force "$1"; exec "$2" "$3" tidy --root "$4" --uuid "$1"; }';
  const args = [join(stateDir, 'runc'), id, process.execPath, runtimePath, dir];
  const child = spawn('sh', ['-c', script, ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  return child.stdin.on('error', () => undefined);
}
