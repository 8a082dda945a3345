import { atLeast } from '../cli/flags.ts';
import { addLabels, findTask, taskOf, type ContainerRecord } from '../containerd/client.ts';
import { isNotFound, type Connection } from '../containerd/grpc.ts';
import { Failure } from '../failure.ts';
import { LABELS, RESTART_LABELS, STOP_SIGNAL_LABEL } from '../spec/labels.ts';
import { connected, say, walkAll, type Call } from './context.ts';
import { parseSignal } from './signals.ts';

/** `nerdctl kill` and `nerdctl stop` (pkg/cmd/container/kill.go, pkg/containerutil/containerutil.go: Stop). */

const SIGKILL = 9;
const DEFAULT_S = 10;

/** Sends a signal; prints the ids. */
export async function kill(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  const given = flags.text('signal');
  // A number is none with these letters before it: `kill --signal 9` is refused there too.
  const signal = parseSignal(given.startsWith('SIG') ? given : `SIG${given}`);
  let isGone = false;
  await connected(call, async (connection) => {
    await walkAll(connection, flags.rest, async (container, request) => {
      try {
        await killOne(connection, container, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        isGone = true;
        process.stderr.write(`No such container: ${request}\n`);
      }
    });
  });
  return isGone ? 1 : 0;
}

async function killOne(connection: Connection, container: ContainerRecord, signal: number): Promise<void> {
  const { id } = container;
  await addLabels(connection, container, { [RESTART_LABELS.explicitlyStopped]: 'true' });
  const { status } = await taskOf(connection, id);
  if (status === 'created' || status === 'stopped')
    throw new Failure(`cannot kill container ${id}: container is not running`);
  await connection.call('kill', { containerId: id, signal });
  say(id);
}

/** Stops them, and prints what they were called. */
export async function stop(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  await connected(call, async (connection) => {
    await walkAll(connection, flags.rest, async (container, request) => {
      await stopOne(call, connection, container);
      say(request);
    });
  });
  return 0;
}

async function stopOne({ flags }: Call, connection: Connection, container: ContainerRecord): Promise<void> {
  const { id, labels = {} } = container;
  await addLabels(connection, container, { [RESTART_LABELS.explicitlyStopped]: 'true' });
  const seconds = flags.changed('time')
    ? flags.number('time')
    : Number(labels[LABELS.stopTimeout] ?? DEFAULT_S);
  const task = await findTask(connection, id);
  if (task === undefined || task.status === 'created' || task.status === 'stopped') return;
  const ended = connection.call('wait', { containerId: id }).then(() => true);
  if (seconds > 0) {
    const signal = parseSignal(flags.text('signal') || (labels[STOP_SIGNAL_LABEL] ?? 'SIGTERM'));
    await connection.call('kill', { containerId: id, signal });
    const inTime = await Promise.race([
      ended,
      new Promise<false>((resolve) => setTimeout(resolve, seconds * 1000, false)),
    ]);
    if (inTime) return;
  }
  try {
    await connection.call('kill', { containerId: id, signal: SIGKILL });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  await ended;
}
