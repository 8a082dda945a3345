import { randomBytes } from 'node:crypto';
import type { Connection } from './grpc.ts';
import { GrpcError, isNotFound } from './grpc.ts';

/** containerd's objects as the stand-in uses them. */

export interface Any {
  readonly typeUrl?: string;
  readonly value?: Buffer;
}

export interface Time {
  readonly seconds?: number;
  readonly nanos?: number;
}

export interface ContainerRecord {
  readonly id: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly runtime?: { readonly name?: string; readonly options?: Any };
  readonly spec?: Any;
  readonly snapshotter?: string;
  readonly snapshotKey?: string;
  readonly createdAt?: Time;
  readonly updatedAt?: Time;
  readonly extensions?: Readonly<Record<string, Any>>;
  readonly sandbox?: string;
}

export interface SnapshotMount {
  readonly type?: string;
  readonly source?: string;
  readonly target?: string;
  readonly options?: readonly string[];
}

export interface ImageRecord {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target: { readonly mediaType?: string; readonly digest: string; readonly size?: number };
  readonly createdAt?: Time;
  readonly updatedAt?: Time;
}

export const SPEC_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Spec';
export const PROCESS_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Process';
export const SNAPSHOTTER = 'overlayfs';

export type TaskStatus = 'unknown' | 'created' | 'running' | 'stopped' | 'paused' | 'pausing';
const STATUSES: readonly TaskStatus[] = ['unknown', 'created', 'running', 'stopped', 'paused', 'pausing'];

export interface Task {
  readonly pid: number;
  readonly status: TaskStatus;
  readonly exitStatus: number;
  readonly exitedAt: Time | undefined;
}

/** The task of a container. @throws GrpcError in the words of containerd and its client where there is none */
export async function taskOf(connection: Connection, containerId: string): Promise<Task> {
  try {
    const { process = {} } = (await connection.call('getTask', { containerId })) as {
      readonly process?: { pid?: number; status?: number; exitStatus?: number; exitedAt?: Time };
    };
    return {
      pid: process.pid ?? 0,
      status: STATUSES[process.status ?? 0] ?? 'unknown',
      exitStatus: process.exitStatus ?? 0,
      exitedAt: process.exitedAt,
    };
  } catch (error) {
    // containerd's client: container.go, loadTask
    throw isNotFound(error) ? new GrpcError(error.code, `no running task found: ${error.message}`) : error;
  }
}

/** The same; undefined where there is none. */
export async function findTask(connection: Connection, containerId: string): Promise<Task | undefined> {
  try {
    return await taskOf(connection, containerId);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The containers that filters of containerd select; all without one. */
export async function listContainers(
  connection: Connection,
  filters: readonly string[] = [],
): Promise<readonly ContainerRecord[]> {
  const { containers } = await connection.call('listContainers', { filters });
  return (containers as readonly ContainerRecord[] | undefined) ?? [];
}

/** Adds labels to a container. */
export async function addLabels(
  connection: Connection,
  { id, labels }: ContainerRecord,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  await connection.call('updateContainer', {
    container: { id, labels: { ...labels, ...more } },
    updateMask: { paths: ['labels'] },
  });
}

/** Does something while what it makes is not taken for garbage. */
export async function holding<T>(connection: Connection, act: (held: Connection) => Promise<T>): Promise<T> {
  const id = randomBytes(16).toString('hex');
  await connection.call('createLease', { id });
  try {
    return await act(connection.withLease(id));
  } finally {
    await connection.call('deleteLease', { id });
  }
}

/** A time as Go's RFC3339Nano writes it; one that is not said is Go's zero. */
export function timeText(time: Time | undefined): string {
  if (time === undefined) return '0001-01-01T00:00:00Z';
  const whole = new Date((time.seconds ?? 0) * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const fraction = String(time.nanos ?? 0)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`;
}
