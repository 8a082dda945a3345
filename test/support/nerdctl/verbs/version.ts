import { spawnSync } from 'node:child_process';
import { log } from '../failure.ts';
import { ownArchitecture } from '../store/images.ts';
import { connected, say, type Call } from './context.ts';
import { lineOf } from './format.ts';
import { cannotAccess } from './socket.ts';

/** `nerdctl version` (cmd/nerdctl/version.go, pkg/infoutil/infoutil.go). */

interface Component {
  readonly Name: string;
  readonly Version: string;
  readonly Details?: Readonly<Record<string, string>>;
}

interface Server {
  readonly Components: readonly Component[];
}

type Client = ReturnType<typeof clientOf>;

/** Prints both versions; where containerd cannot be asked, the client's and null, and fails then. */
export async function version(call: Call): Promise<number> {
  const format = call.flags.text('format');
  const client = clientOf(call);
  const wrong = cannotAccess(call);
  const server = wrong === undefined ? await serverOf(call) : null;
  if (format === '') printTable(client, server);
  else say(lineOf(format, { Client: client, Server: server }));
  if (wrong !== undefined) throw wrong;
  return 0;
}

function clientOf({ settings }: Call) {
  log(
    'warning',
    'unable to determine buildctl version: exec: "buildctl": executable file not found in $PATH',
  );
  const components: readonly Component[] = [{ Name: 'buildctl', Version: '' }];
  return {
    Version: `v${settings.version}`,
    GitCommit: '0123456789abcdef0123456789abcdef01234567',
    GoVersion: 'go1.26.0',
    Os: 'linux',
    Arch: ownArchitecture(),
    Components: components,
  };
}

async function serverOf(call: Call): Promise<Server> {
  const { version: found = '', revision = '' } = await connected(
    call,
    async (connection) => (await connection.call('version', {})) as Readonly<Record<string, string>>,
  );
  const containerd = { Name: 'containerd', Version: found, Details: { GitCommit: revision } };
  return { Components: [containerd, runc(call)] };
}

function runc({ env }: Call): Component {
  const { status, stdout } = spawnSync('runc', ['--version'], { encoding: 'utf8', env });
  const found = /^runc version (\S+)$/m.exec(stdout)?.[1];
  if (status !== 0 || found === undefined) {
    log('warning', 'unable to determine runc version: exec: "runc": executable file not found in $PATH');
    return { Name: 'runc', Version: '' };
  }
  const commit = /^commit: *(\S+)$/m.exec(stdout)?.[1];
  return { Name: 'runc', Version: found, Details: commit === undefined ? {} : { GitCommit: commit } };
}

function printTable(client: Client, server: Server | null): void {
  say(
    `Client:\n Version:\t${client.Version}\n OS/Arch:\t${client.Os}/${client.Arch}\n Git commit:\t${client.GitCommit}`,
  );
  client.Components.forEach(printComponent);
  if (server === null) return;
  say('\nServer:');
  server.Components.forEach(printComponent);
}

function printComponent({ Name, Version, Details = {} }: Component): void {
  say(` ${Name}:\n  Version:\t${Version}`);
  for (const [name, value] of Object.entries(Details)) say(`  ${name}:\t${value}`);
}
