import { writeFileSync } from 'node:fs';
import { atLeast } from '../cli/flags.ts';
import { addLabels, findTask, type ContainerRecord } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import { log, notImitated } from '../failure.ts';
import { addNetworkIfTold } from '../fault-network.ts';
import { applyFaults } from '../faults.ts';
import { LABELS, RESTART_LABELS } from '../spec/labels.ts';
import type { Spec } from '../spec/types.ts';
import { connected, say, walkAll, type Call } from './context.ts';

/** `nerdctl start` (pkg/containerutil/containerutil.go: Start). */
export async function start(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  for (const name of ['attach', 'interactive', 'checkpoint', 'checkpoint-dir'])
    if (flags.changed(name)) throw notImitated(`start --${name}`);
  await connected(call, async (connection) => {
    await walkAll(connection, flags.rest, async (container, request) => {
      try {
        await startOne(call, connection, container);
      } catch (error) {
        await addLabels(connection, container, { [LABELS.error]: (error as Error).message });
        throw error;
      }
      say(request);
    });
  });
  return 0;
}

async function startOne(call: Call, connection: Connection, container: ContainerRecord): Promise<void> {
  const { id, labels = {} } = container;
  const task = await findTask(connection, id);
  if (task?.status === 'running') {
    log('warning', `container ${id} is already running`);
    return;
  }
  const status = labels[RESTART_LABELS.policy] === undefined ? {} : { [RESTART_LABELS.status]: 'running' };
  await addLabels(connection, container, { ...status, [RESTART_LABELS.explicitlyStopped]: 'false' });
  if (task !== undefined) await connection.call('deleteTask', { containerId: id });
  const { mounts } = await connection.call('snapshotMounts', {
    snapshotter: container.snapshotter,
    key: container.snapshotKey,
  });
  const restore = await applyFaults(call, connection, container);
  // The real one has containerd start a logger of its own program; here the file is written by the shim.
  const path = `${labels[LABELS.stateDir] ?? ''}/${id}-json.log`;
  writeFileSync(path, '', { flag: 'a' });
  const terminal = isTerminal(container);
  const output = terminal ? path : `file://${path}`;
  let pid: unknown;
  try {
    ({ pid } = await connection.call('createTask', {
      containerId: id,
      rootfs: mounts,
      stdout: output,
      stderr: terminal ? '' : output,
      terminal,
    }));
  } finally {
    await restore();
  }
  try {
    addNetworkIfTold(call, pid as number);
    await connection.call('startTask', { containerId: id });
  } catch (error) {
    await connection.call('deleteTask', { containerId: id });
    throw error;
  }
}

const isTerminal = ({ spec }: ContainerRecord): boolean =>
  (JSON.parse((spec?.value ?? Buffer.from('{}')).toString()) as Partial<Spec>).process?.terminal === true;
