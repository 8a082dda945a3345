import { atLeast } from '../cli/flags.ts';
import { taskOf, timeText, type Any, type ContainerRecord, type Task } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import { Failure, log, notImitated } from '../failure.ts';
import { interfacesOf } from './interfaces.ts';
import { connected, walkAll, type Call } from './context.ts';
import { printObjects } from './format.ts';

/** `nerdctl container inspect` (pkg/cmd/container/inspect.go, pkg/containerinspector, pkg/inspecttypes/native). */
export async function inspect(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  const mode = flags.text('mode');
  const entries: object[] = [];
  await connected(call, async (connection) => {
    try {
      await walkAll(connection, flags.rest, async (container) => {
        if (mode === 'dockercompat') throw notImitated('inspect --mode=dockercompat of a container');
        if (mode !== 'native') throw new Failure(`unknown mode "${mode}"`);
        entries.push(await nativeObject(connection, container));
      });
    } finally {
      if (entries.length > 0) printObjects(flags.text('format'), entries);
    }
  });
  return 0;
}

const anyObject = (any: Any | undefined): object | null =>
  any === undefined
    ? null
    : {
        type_url: any.typeUrl ?? '',
        ...(any.value === undefined || any.value.length === 0 ? {} : { value: any.value.toString('base64') }),
      };

async function nativeObject(connection: Connection, container: ContainerRecord): Promise<object> {
  const object = {
    ID: container.id,
    Labels: container.labels ?? {},
    Image: container.image ?? '',
    Runtime: { Name: container.runtime?.name ?? '', Options: anyObject(container.runtime?.options) },
    SnapshotKey: container.snapshotKey ?? '',
    Snapshotter: container.snapshotter ?? '',
    CreatedAt: timeText(container.createdAt),
    UpdatedAt: timeText(container.updatedAt),
    Extensions: Object.fromEntries(
      Object.entries(container.extensions ?? {}).map(([name, any]) => [name, anyObject(any)]),
    ),
    SandboxID: container.sandbox ?? '',
    Spec: JSON.parse((container.spec?.value ?? Buffer.from('null')).toString()) as unknown,
  };
  let task: Task;
  try {
    task = await taskOf(connection, container.id);
  } catch (error) {
    log('warning', 'failed to inspect Task', { error: (error as Error).message, id: container.id });
    return object;
  }
  const netNs = interfacesOf(container.id, task.pid);
  return {
    ...object,
    Process: {
      Pid: task.pid,
      Status: { Status: task.status, ExitStatus: task.exitStatus, ExitTime: timeText(task.exitedAt) },
      ...(netNs === undefined ? {} : { NetNS: netNs }),
    },
  };
}
