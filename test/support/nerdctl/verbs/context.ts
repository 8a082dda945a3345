import type { Parsed } from '../cli/flags.ts';
import { listContainers, type ContainerRecord } from '../containerd/client.ts';
import { openConnection, type Connection } from '../containerd/grpc.ts';
import { Failure } from '../failure.ts';
import type { Place, Settings } from '../settings.ts';
import type { Volumes } from '../store/volumes.ts';
import { join } from 'node:path';

/** What each subcommand is given. */
export interface Call {
  readonly verb: string;
  readonly flags: Parsed;
  readonly place: Place;
  readonly settings: Settings;
  /** containerd's. */
  readonly namespace: string;
  readonly socketPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** This program's own path. */
  readonly programPath: string;
}

/** What it ends with. */
export type Handler = (call: Call) => Promise<number>;

/** A line on standard output. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A connection for as long as something is done. */
export async function connected<T>(call: Call, act: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = openConnection(call.socketPath, call.namespace);
  try {
    return await act(connection);
  } finally {
    connection.close();
  }
}

/** The places of what nerdctl itself keeps. */
export const volumesOf = ({ place, namespace }: Call): Volumes => ({
  dir: join(place.dataDir, 'volumes', namespace),
});
export const stateDirOf = ({ place, namespace }: Call, id: string): string =>
  join(place.dataDir, 'containers', namespace, id);

export const hostsPathOf = ({ place, namespace }: Call, id: string): string =>
  join(place.dataDir, 'etchosts', namespace, id, 'hosts');

/** The containers that a name or the beginning of an id means (pkg/idutil/containerwalker). */
async function matching(connection: Connection, request: string): Promise<readonly ContainerRecord[]> {
  const quoted = request.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
  return await listContainers(connection, [`labels."nerdctl/name"==${request}`, `id~=^${quoted}.*$`]);
}

/** Whether there is one. */
export const isThere = async (connection: Connection, request: string): Promise<boolean> =>
  (await matching(connection, request)).length > 0;

/** Does something with the one that is meant; false where there is none. @throws Failure where several are */
export async function walk(
  connection: Connection,
  request: string,
  act: (container: ContainerRecord) => Promise<void>,
): Promise<boolean> {
  const found = await matching(connection, request);
  if (found.length > 1) throw new Failure(`multiple IDs found with provided prefix: ${request}`);
  for (const container of found) await act(container);
  return found.length > 0;
}

/** The same for several, each tried; what failed is said together. @throws Failure */
export async function walkAll(
  connection: Connection,
  requests: readonly string[],
  act: (container: ContainerRecord, request: string) => Promise<void>,
): Promise<void> {
  const wrong: string[] = [];
  for (const request of requests) {
    try {
      if (!(await walk(connection, request, async (container) => await act(container, request))))
        wrong.push(`no such container: ${request}`);
    } catch (error) {
      wrong.push((error as Error).message);
    }
  }
  if (wrong.length > 0) throw new Failure(`${wrong.length} errors:\n${wrong.join('\n')}`);
}
