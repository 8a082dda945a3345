import type { Field, Kind, Schema } from './protobuf.ts';

/** containerd's services, from the .proto files below api/ of containerd/containerd at 1.7: only what is used here. */

const one = (number: number, kind: Kind): Field => ({ number, kind });
const text = (number: number): Field => one(number, 'string');
const integer = (number: number): Field => one(number, 'integer');
const list = (number: number, kind: Kind): Field => ({ number, kind, shape: 'list' });
const map = (number: number, kind: Kind): Field => ({ number, kind, shape: 'map' });

const ANY: Schema = { typeUrl: text(1), value: one(2, 'bytes') };
const TIME: Schema = { seconds: integer(1), nanos: integer(2) };
const MOUNT: Schema = { type: text(1), source: text(2), target: text(3), options: list(4, 'string') };
const CONTAINER: Schema = {
  id: text(1),
  labels: map(2, 'string'),
  image: text(3),
  runtime: one(4, { name: text(1), options: one(2, ANY) }),
  spec: one(5, ANY),
  snapshotter: text(6),
  snapshotKey: text(7),
  createdAt: one(8, TIME),
  updatedAt: one(9, TIME),
  extensions: map(10, ANY),
  sandbox: text(11),
};
const DESCRIPTOR: Schema = {
  mediaType: text(1),
  digest: text(2),
  size: integer(3),
  annotations: map(5, 'string'),
};
const IMAGE: Schema = {
  name: text(1),
  labels: map(2, 'string'),
  target: one(3, DESCRIPTOR),
  createdAt: one(7, TIME),
  updatedAt: one(8, TIME),
};
const PROCESS: Schema = {
  containerId: text(1),
  id: text(2),
  pid: integer(3),
  status: integer(4),
  exitStatus: integer(9),
  exitedAt: one(10, TIME),
};
const OF_A_PROCESS: Schema = { containerId: text(1), execId: text(2) };
const OF_A_SNAPSHOT: Schema = { snapshotter: text(1), key: text(2) };
const NEW_SNAPSHOT: Schema = { ...OF_A_SNAPSHOT, parent: text(3), labels: map(4, 'string') };
const STREAMS: Schema = {
  containerId: text(1),
  stdin: text(4),
  stdout: text(5),
  stderr: text(6),
  terminal: one(7, 'boolean'),
};

export interface Method {
  readonly path: string;
  readonly request: Schema;
  readonly response: Schema;
}

const method = (path: string, request: Schema, response: Schema = {}): Method => ({
  path: `/containerd.services.${path}`,
  request,
  response,
});

export const METHODS = {
  version: method('version.v1.Version/Version', {}, { version: text(1), revision: text(2) }),
  createLease: method('leases.v1.Leases/Create', { id: text(1), labels: map(3, 'string') }),
  deleteLease: method('leases.v1.Leases/Delete', { id: text(1) }),
  listContainers: method(
    'containers.v1.Containers/List',
    { filters: list(1, 'string') },
    { containers: list(1, CONTAINER) },
  ),
  createContainer: method(
    'containers.v1.Containers/Create',
    { container: one(1, CONTAINER) },
    { container: one(1, CONTAINER) },
  ),
  updateContainer: method('containers.v1.Containers/Update', {
    container: one(1, CONTAINER),
    updateMask: one(2, { paths: list(1, 'string') }),
  }),
  deleteContainer: method('containers.v1.Containers/Delete', { id: text(1) }),
  listImages: method('images.v1.Images/List', { filters: list(1, 'string') }, { images: list(1, IMAGE) }),
  readContent: method(
    'content.v1.Content/Read',
    { digest: text(1) },
    { offset: integer(1), data: one(2, 'bytes') },
  ),
  prepareSnapshot: method('snapshots.v1.Snapshots/Prepare', NEW_SNAPSHOT, { mounts: list(1, MOUNT) }),
  viewSnapshot: method('snapshots.v1.Snapshots/View', NEW_SNAPSHOT, { mounts: list(1, MOUNT) }),
  snapshotMounts: method('snapshots.v1.Snapshots/Mounts', OF_A_SNAPSHOT, { mounts: list(1, MOUNT) }),
  removeSnapshot: method('snapshots.v1.Snapshots/Remove', OF_A_SNAPSHOT),
  snapshotUsage: method('snapshots.v1.Snapshots/Usage', OF_A_SNAPSHOT, {
    size: integer(1),
    inodes: integer(2),
  }),
  createTask: method(
    'tasks.v1.Tasks/Create',
    { ...STREAMS, rootfs: list(3, MOUNT), options: one(9, ANY) },
    { containerId: text(1), pid: integer(2) },
  ),
  startTask: method('tasks.v1.Tasks/Start', OF_A_PROCESS, { pid: integer(1) }),
  deleteTask: method('tasks.v1.Tasks/Delete', { containerId: text(1) }, { exitStatus: integer(3) }),
  deleteProcess: method('tasks.v1.Tasks/DeleteProcess', OF_A_PROCESS, { exitStatus: integer(3) }),
  getTask: method('tasks.v1.Tasks/Get', OF_A_PROCESS, { process: one(1, PROCESS) }),
  kill: method('tasks.v1.Tasks/Kill', { ...OF_A_PROCESS, signal: integer(3), all: one(4, 'boolean') }),
  exec: method('tasks.v1.Tasks/Exec', {
    containerId: text(1),
    stdin: text(2),
    stdout: text(3),
    stderr: text(4),
    terminal: one(5, 'boolean'),
    spec: one(6, ANY),
    execId: text(7),
  }),
  closeIo: method('tasks.v1.Tasks/CloseIO', { ...OF_A_PROCESS, stdin: one(3, 'boolean') }),
  wait: method('tasks.v1.Tasks/Wait', OF_A_PROCESS, { exitStatus: integer(1), exitedAt: one(2, TIME) }),
} as const satisfies Readonly<Record<string, Method>>;

export type MethodName = keyof typeof METHODS;
