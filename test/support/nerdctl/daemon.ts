import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../../src/host/run.ts';
import { list, removeContainer } from './containers.ts';
import { ctr } from './ctr.ts';
import type { Paths } from './settings.ts';

/** The stand-in's own containerd: its root, state and socket are in the stand-in's folder. */

const READY_MS = 30_000;

/** Returns the path of the file with its process id. */
export const pidPath = ({ socket }: Paths): string => join(dirname(socket), 'pid');

/**
 * Starts containerd and waits until it answers. It also finds shims in /usr/local/bin.
 * @throws Error if it does not start
 */
export async function startContainerd(paths: Paths): Promise<void> {
  const dir = dirname(paths.socket);
  mkdirSync(dir, { recursive: true });
  const config = join(dir, 'config.toml');
  writeFileSync(
    config,
    `version = 2
root = ${JSON.stringify(join(dir, 'root'))}
state = ${JSON.stringify(join(dir, 'state'))}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs", "io.containerd.nri.v1.nri", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = ${JSON.stringify(paths.socket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${JSON.stringify(join(dir, 'opt'))}
`,
  );
  const output = openSync(join(dir, 'log'), 'a');
  const child = spawn('containerd', ['--config', config], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  closeSync(output);
  child.unref();
  writeFileSync(pidPath(paths), String(child.pid));
  for (const end = Date.now() + READY_MS; !answers(paths); await sleep(50))
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`containerd does not start: ${readFileSync(join(dir, 'log'), 'utf8')}`);
}

function answers(paths: Paths): boolean {
  try {
    return existsSync(paths.socket) && ctr(paths, ['version']) !== '';
  } catch {
    return false;
  }
}

/** Ends all containers and containerd, and removes what they had on this host. @throws Error if none was started */
export async function endContainerd(paths: Paths): Promise<void> {
  const pid = Number(readFileSync(pidPath(paths), 'utf8'));
  const isRunning = (): boolean => commandOf(pid).includes(paths.dir);
  if (answers(paths))
    for (const name of list(paths).split('\n').filter(Boolean))
      try {
        removeContainer(paths, name);
      } catch {
        // containerd ends anyway
      }
  if (isRunning()) process.kill(pid, 'SIGTERM');
  for (const end = Date.now() + READY_MS; isRunning() && Date.now() < end;) await sleep(20);
  if (isRunning()) process.kill(pid, 'SIGKILL');
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const mounted = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${paths.dir}/`));
  for (const path of mounted.toReversed()) await run('umount', ['--lazy', path]);
  rmSync(paths.dir, { recursive: true, force: true });
}

/** The arguments of a process; empty if it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Removes the folders that all stand-ins share on this host, if they are empty. No other stand-in may be starting. */
export function removeSharedFolders(): void {
  const root = '/sys/fs/cgroup';
  const groups = [root, ...readdirSync(root).map((name) => join(root, name))].map((path) =>
    join(path, 'default'),
  );
  for (const path of ['/run/containerd/runc/default', '/run/containerd/runc', '/run/containerd/s', ...groups])
    try {
      rmdirSync(path);
    } catch {
      // missing, or not empty
    }
}
