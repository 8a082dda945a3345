import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { atLeast } from '../cli/flags.ts';
import { addLabels, findTask, type ContainerRecord } from '../containerd/client.ts';
import { isNotFound, type Connection } from '../containerd/grpc.ts';
import { Failure, log } from '../failure.ts';
import { LABELS } from '../spec/labels.ts';
import { releaseName } from '../store/names.ts';
import { removeVolume } from '../store/volumes.ts';
import { connected, hostsPathOf, say, volumesOf, walkAll, type Call } from './context.ts';

/** `nerdctl rm` (pkg/cmd/container/remove.go). */

const SIGKILL = 9;

/** Takes containers away. With --force what fails is said and forgiven. */
export async function remove(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  try {
    await connected(call, async (connection) => {
      await walkAll(connection, flags.rest, async (container, request) => {
        try {
          await removeOne(call, connection, container);
        } catch (error) {
          await addLabels(connection, container, { [LABELS.error]: (error as Error).message }).catch(
            () => undefined,
          );
          throw error;
        }
        say(request);
      });
    });
  } catch (error) {
    if (!flags.is('force') || !(error instanceof Failure)) throw error;
    log('error', error.message);
  }
  return 0;
}

async function removeOne(call: Call, connection: Connection, container: ContainerRecord): Promise<void> {
  await endTask(connection, container.id, call.flags.is('force'));
  const { id, labels = {} } = container;
  if (container.snapshotKey !== undefined && container.snapshotKey !== '') {
    const snapshot = { snapshotter: container.snapshotter, key: container.snapshotKey };
    await connection.call('removeSnapshot', snapshot).catch(() => undefined);
  }
  await connection.call('deleteContainer', { id });
  rmSync(labels[LABELS.stateDir] ?? '', { recursive: true, force: true });
  rmSync(dirname(hostsPathOf(call, id)), { recursive: true, force: true });
  const name = labels[LABELS.name] ?? '';
  if (name !== '') releaseName(call.place, call.namespace, { name, id });
  const anonymous = labels[LABELS.anonymousVolumes];
  if (anonymous === undefined || !call.flags.is('volumes')) return;
  for (const volume of JSON.parse(anonymous) as readonly string[]) removeVolume(volumesOf(call), volume);
}

async function endTask(connection: Connection, id: string, isForced: boolean): Promise<void> {
  const task = await findTask(connection, id);
  if (task === undefined) return;
  const { status } = task;
  if (status === 'running' || status === 'paused') {
    if (!isForced)
      throw new Failure(
        `container ${id} is in ${status} status. unpause/stop container first or force removal`,
      );
    const ended = connection.call('wait', { containerId: id });
    ended.catch(() => undefined);
    await connection.call('kill', { containerId: id, signal: SIGKILL }).catch((error: unknown) => {
      if (!isNotFound(error))
        log('warning', `failed to send SIGKILL to task ${id}`, { error: String(error) });
    });
    await ended.catch(() => undefined);
  } else if (status === 'created') {
    await connection.call('kill', { containerId: id, signal: SIGKILL }).catch(() => undefined);
    await connection.call('wait', { containerId: id }).catch(() => undefined);
  } else if (status !== 'stopped') throw new Failure(`unknown container status ${status}`);
  await connection.call('deleteTask', { containerId: id }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
