import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { run } from '../../../../src/host/run.ts';
import type { Place } from '../settings.ts';
import { listContainers } from './client.ts';
import { openConnection } from './grpc.ts';

/** A containerd of the stand-in's own: its root, state and socket are in the stand-in's folder. */

const NAMESPACE = 'default';
const READY_MS = 30_000;
const SIGKILL = 9;

const dirOf = ({ dir }: Place): string => join(dir, 'containerd');
const pidPath = (place: Place): string => join(dirOf(place), 'pid');

/** Starts it, and waits until it answers. Shims are found in /usr/local/bin too. */
export async function startContainerd(place: Place): Promise<void> {
  const dir = dirOf(place);
  mkdirSync(dir, { recursive: true });
  const config = join(dir, 'config.toml');
  writeFileSync(
    config,
    `version = 2
root = ${JSON.stringify(join(dir, 'root'))}
state = ${JSON.stringify(join(dir, 'state'))}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs", "io.containerd.nri.v1.nri", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = ${JSON.stringify(place.socketPath)}
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
  writeFileSync(pidPath(place), String(child.pid));
  child.unref();
  await untilReady(place, child.pid ?? 0);
}

async function untilReady(place: Place, pid: number): Promise<void> {
  for (const deadline = Date.now() + READY_MS; ; await wait(50)) {
    if (existsSync(place.socketPath)) {
      const connection = openConnection(place.socketPath, NAMESPACE);
      try {
        await connection.call('version', {});
        return;
      } catch {
        // not yet
      } finally {
        connection.close();
      }
    }
    if (!existsSync(`/proc/${pid}`) || Date.now() > deadline)
      throw new Error(`containerd does not start: ${readFileSync(join(dirOf(place), 'log'), 'utf8')}`);
  }
}

/** Ends all containers and containerd, and takes away what they had on this host. */
export async function endContainerd(place: Place): Promise<void> {
  if (!existsSync(pidPath(place)))
    throw new Error(`no containerd was started in ${place.dir}, or its folder is gone`);
  const pid = Number(readFileSync(pidPath(place), 'utf8'));
  const namespaces = existsSync(join(place.dataDir, 'containers'))
    ? readdirSync(join(place.dataDir, 'containers'))
    : [];
  for (const namespace of namespaces) await endTasks(place, namespace).catch(() => undefined);
  const isRunning = (): boolean => commandOf(pid).includes(place.dir);
  if (isRunning()) process.kill(pid, 'SIGTERM');
  for (const deadline = Date.now() + READY_MS; isRunning() && Date.now() < deadline;) await wait(20);
  if (isRunning()) process.kill(pid, 'SIGKILL');
  await unmountBelow(place.dir);
  rmSync(place.dir, { recursive: true, force: true });
}

/** As it was called; nothing where it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function endTasks(place: Place, namespace: string): Promise<void> {
  const connection = openConnection(place.socketPath, namespace);
  try {
    for (const { id } of await listContainers(connection)) {
      const ended = connection.call('wait', { containerId: id }).catch(() => undefined);
      await connection.call('kill', { containerId: id, signal: SIGKILL, all: true }).catch(() => undefined);
      await Promise.race([ended, wait(10_000, undefined, { ref: false })]);
      await connection.call('deleteTask', { containerId: id }).catch(() => undefined);
    }
  } finally {
    connection.close();
  }
}

async function unmountBelow(dir: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const path of mounts.filter((each) => each.startsWith(`${dir}/`)).toReversed())
    await run('umount', ['--lazy', path]);
}

/** What all of them share on this host, where it is empty: nobody else of them may be there, who could be about to use it. */
export function sweepShared(): void {
  const [run, root] = ['/run/containerd', '/sys/fs/cgroup'];
  for (const path of [join(run, 'runc', NAMESPACE), join(run, 'runc'), join(run, 's')]) removeEmpty(path);
  // containerd's groups are below one of its namespace's name.
  for (const path of [root, ...readdirSync(root).map((name) => join(root, name))])
    removeEmpty(join(path, NAMESPACE));
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // not there, or another's
  }
}
