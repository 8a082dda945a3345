import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast } from '../cli/flags.ts';
import { PROCESS_TYPE, taskOf, type ContainerRecord, type SnapshotMount } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import { openStreams } from '../containerd/streams.ts';
import { Failure, notImitated } from '../failure.ts';
import { wrongProcess } from '../faults.ts';
import { hasFault } from '../settings.ts';
import type { Process, Spec } from '../spec/types.ts';
import { applyUser } from '../spec/user.ts';
import { deduped, mergedEnv } from '../spec/values.ts';
import { connected, walk, type Call } from './context.ts';
import { forwardSignals } from './forward.ts';

/** `nerdctl exec` (pkg/cmd/container/exec.go). */
export async function exec(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(2, flags.rest);
  if (flags.is('interactive') && flags.is('detach'))
    throw new Failure('currently flag -i and -d cannot be specified together (FIXME)');
  if (flags.is('tty') && flags.is('detach'))
    throw new Failure('currently flag -t and -d cannot be specified together (FIXME)');
  if (flags.is('privileged')) throw notImitated('exec --privileged');
  const [request = '', ...after] = flags.rest;
  const args = after[0] === '--' ? after.slice(1) : after;
  await connected(call, async (connection) => {
    const found = await walk(
      connection,
      request,
      async (container) => await run(call, connection, { container, args }),
    );
    if (!found) throw new Failure(`no such container ${request}`);
  });
  return 0;
}

interface Order {
  readonly container: ContainerRecord;
  readonly args: readonly string[];
}

async function run(call: Call, connection: Connection, { container, args }: Order): Promise<void> {
  const { flags, settings } = call;
  const process = await processOf(call, connection, { container, args });
  await taskOf(connection, container.id);
  const containerId = container.id;
  const execId = `exec-${randomBytes(32).toString('hex')}`;
  const detached = flags.is('detach');
  const streams = openStreams(join(call.place.dir, 'fifo'), execId, flags.is('interactive'));
  try {
    await connection.call('exec', {
      containerId,
      execId,
      ...streams.paths,
      terminal: false,
      spec: { typeUrl: PROCESS_TYPE, value: Buffer.from(JSON.stringify(process)) },
    });
    const ended = connection.call('wait', { containerId, execId });
    ended.catch(() => undefined); // read below, or the start has failed
    if (!detached) forwardSignals(connection, { containerId, execId });
    try {
      await connection.call('startTask', { containerId, execId });
    } catch (error) {
      await connection.call('deleteProcess', { containerId, execId });
      throw error;
    }
    const closeStdin = async (): Promise<void> =>
      void (await connection.call('closeIo', { containerId, execId, stdin: true }).catch(() => undefined));
    streams.started(hasFault(settings, 'exec-loses-stdin') ? undefined : closeStdin);
    if (detached) return;
    const { exitStatus } = await ended;
    // In this order, as there: the shim gives output two seconds more, and closes what nobody has read then.
    await connection.call('deleteProcess', { containerId, execId }).catch(() => undefined);
    await streams.drained();
    if (exitStatus !== undefined && exitStatus !== 0)
      throw new Failure(`exec failed with exit code ${Number(exitStatus)}`);
  } finally {
    streams.remove();
  }
}

/** The container's own process, with what was asked for: its capabilities, its limits, and that it gains no privileges. */
async function processOf(call: Call, connection: Connection, { container, args }: Order): Promise<Process> {
  const { flags, env } = call;
  const { process } = JSON.parse((container.spec?.value ?? Buffer.from('{}')).toString()) as Spec;
  if (flags.text('user') !== '') {
    const { mounts } = await connection.call('snapshotMounts', {
      snapshotter: container.snapshotter,
      key: container.snapshotKey,
    });
    applyUser(process, flags.text('user'), (mounts as readonly SnapshotMount[] | undefined) ?? []);
  }
  if (flags.is('tty')) {
    // containerd/console: Current needs one of the three streams to be a terminal.
    if (spawnSync('sh', ['-c', '[ -t 0 ] || [ -t 1 ] || [ -t 2 ]'], { stdio: 'inherit' }).status !== 0)
      throw new Failure('provided file is not a console');
    throw notImitated('exec -t on a terminal');
  }
  process.terminal = false;
  process.args = [...args];
  if (flags.text('workdir') !== '') process.cwd = flags.text('workdir');
  const files = flags.list('env-file').flatMap((path) => {
    if (!existsSync(path))
      throw new Failure(`failed to open env file ${path}: open ${path}: no such file or directory`);
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  });
  const given = [...files, ...deduped(flags.list('env'))].flatMap((text) =>
    text.includes('=') ? [text] : env[text] === undefined ? [] : [`${text}=${env[text]}`],
  );
  process.env = mergedEnv(process.env ?? [], given);
  return wrongProcess(call.settings, process);
}
