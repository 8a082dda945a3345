import { findTask, listContainers, timeText, type ContainerRecord, type Time } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import { Failure, goQuoted, notImitated } from '../failure.ts';
import { LABELS } from '../spec/labels.ts';
import type { Spec } from '../spec/types.ts';
import { connected, say, type Call } from './context.ts';
import { lineOf } from './format.ts';

/** `nerdctl ps` (pkg/cmd/container/list.go, pkg/formatter/formatter.go). */
export async function list(call: Call): Promise<number> {
  const { flags } = call;
  for (const name of ['filter', 'last', 'latest', 'size'])
    if (flags.changed(name)) throw notImitated(`ps --${name}`);
  const format = flags.text('format');
  if (format === 'raw') throw new Failure('unsupported format: "raw"');
  if (format === 'wide') throw notImitated('ps --format wide');
  const isTable = format === '' || format === 'table';
  if (!isTable && flags.is('quiet')) throw new Failure('format and quiet must not be specified together');
  await connected(call, async (connection) => {
    const lines: Line[] = [];
    for (const container of await listContainers(connection)) {
      const line = await lineFor(connection, container, flags.is('no-trunc'));
      if (flags.is('all') || line.Status.startsWith('Up')) lines.push(line);
    }
    if (flags.is('quiet')) for (const { ID } of lines) say(ID);
    else if (isTable) printTable(lines);
    else for (const line of lines) say(lineOf(format, line));
  });
  return 0;
}

interface Line {
  readonly Command: string;
  readonly CreatedAt: string;
  readonly ID: string;
  readonly Image: string;
  readonly Platform: string;
  readonly Names: string;
  readonly Ports: string;
  readonly Status: string;
  readonly Runtime: string;
  readonly Size: string;
  readonly Labels: string;
}

const SHORT_ID = 12;
const SHORT_COMMAND = 20;

async function lineFor(connection: Connection, container: ContainerRecord, isWhole: boolean): Promise<Line> {
  const { id, labels = {} } = container;
  const { process } = JSON.parse((container.spec?.value ?? Buffer.from('{}')).toString()) as Partial<Spec>;
  const command = (process?.args ?? []).join(' ');
  const isLong = !isWhole && command.length > SHORT_COMMAND;
  return {
    Command: goQuoted(isLong ? `${command.slice(0, SHORT_COMMAND - 1)}…` : command),
    CreatedAt: timeText(container.createdAt),
    ID: isWhole ? id : id.slice(0, SHORT_ID),
    Image: container.image ?? '',
    Platform: labels[LABELS.platform] ?? '',
    Names: labels[LABELS.name] ?? '',
    Ports: '',
    Status: await statusOf(connection, id),
    Runtime: container.runtime?.name ?? '',
    Size: '',
    Labels: Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  };
}

/** What a container is at, as people read it. */
async function statusOf(connection: Connection, id: string): Promise<string> {
  const task = await findTask(connection, id);
  if (task === undefined) return 'Created';
  if (task.status === 'stopped') return `Exited (${task.exitStatus}) ${ago(task.exitedAt)}`;
  if (task.status === 'running') return 'Up';
  return `${task.status.charAt(0).toUpperCase()}${task.status.slice(1)}`;
}

/** docker/go-units: HumanDuration */
function ago(time: Time | undefined): string {
  const seconds = Math.trunc(Date.now() / 1000) - (time?.seconds ?? 0);
  const minutes = Math.trunc(seconds / 60);
  const hours = Math.round(seconds / 3600);
  if (seconds < 1) return 'Less than a second ago';
  if (seconds === 1) return '1 second ago';
  if (seconds < 60) return `${seconds} seconds ago`;
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  if (hours === 1) return 'About an hour ago';
  if (hours < 48) return `${hours} hours ago`;
  return `${Math.trunc(hours / 24)} days ago`;
}

function printTable(lines: readonly Line[]): void {
  say('CONTAINER ID    IMAGE    COMMAND    CREATED    STATUS    PORTS    NAMES');
  for (const { ID, Image, Command, CreatedAt, Status, Names } of lines)
    say([ID, Image, Command, CreatedAt, Status, '', Names].join('    '));
}
