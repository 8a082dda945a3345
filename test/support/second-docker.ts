import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultImageReference } from '../../src/drivers/image/recipe.ts';
import { run, runOrThrow } from '../../src/host/run.ts';

/** As in the file daemon.json of dockerd(8), by name. */
type Runtimes = Readonly<Record<string, { readonly path: string; readonly runtimeArgs: readonly string[] }>>;

/** A Docker daemon of a test's own, beside the one of this host. Needs root. */
export interface SecondDocker {
  readonly socketPath: string;
  /** The arguments before a verb that set `docker` to it. */
  readonly cli: readonly string[];
  /** Registers these runtimes, and no others besides runc, in the running daemon. */
  setRuntimes(runtimes: Runtimes): Promise<void>;
  /** Ends the daemon; what it knows stays for the next `start`. */
  stop(): Promise<void>;
  /** Fine where it runs. */
  start(): Promise<void>;
  /** Ends it and removes all of it. */
  remove(): Promise<void>;
}

/** Starts a daemon with folders and containerd namespaces of its own, and gives it the default image of this host's Docker. */
export async function startSecondDocker(): Promise<SecondDocker> {
  const folder = mkdtempSync('/var/tmp/bb-docker-');
  const socketPath = join(folder, 'docker.sock');
  const cli = ['--host', `unix://${socketPath}`];
  let daemon: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (daemon === undefined || daemon.exitCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
  };
  const configure = (runtimes: Runtimes): void =>
    writeFileSync(join(folder, 'daemon.json'), JSON.stringify({ runtimes }));
  const start = async (): Promise<void> => {
    if (daemon?.exitCode === null) return;
    daemon = spawn('dockerd', daemonArguments(folder), { stdio: 'ignore' });
    while ((await run('docker', [...cli, 'version'])).exitCode !== 0) {
      if (daemon.exitCode !== null) throw new Error('the second dockerd does not start');
      await sleep(100);
    }
  };
  configure({});
  await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge']); // a killed run has left it
  await runOrThrow('ip', ['address', 'replace', '198.51.100.1/24', 'dev', BRIDGE]);
  await start();
  await giveImage(cli);
  return {
    socketPath,
    cli,
    setRuntimes: async (runtimes) => {
      configure(runtimes);
      daemon?.kill('SIGHUP');
      for (;;) {
        const { stdout } = await run('docker', [...cli, 'info', '--format', '{{json .Runtimes}}']);
        if (Object.values(runtimes).every(({ path }) => stdout.includes(`"path":"${path}"`))) return;
        await sleep(100);
      }
    },
    stop,
    start,
    remove: async () => {
      await stop();
      await runOrThrow('ip', ['link', 'delete', BRIDGE]);
      // A daemon leaves mounts behind: of its folder, and of network namespaces.
      for (const path of mountsBelow(folder)) await runOrThrow('umount', [path]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Made here: of `--bridge none` dockerd removes docker0, which is this host's own Docker's (removeDefaultBridgeInterface in moby). */
const BRIDGE = 'bb-second';

/** dockerd(8). With a bridge that it did not make, and no firewall rules, it changes nothing of the host's network. */
const daemonArguments = (folder: string): string[] =>
  [
    ['--host', `unix://${join(folder, 'docker.sock')}`, '--config-file', join(folder, 'daemon.json')],
    ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ['--pidfile', join(folder, 'pid')],
    ['--containerd-namespace', 'bb-second', '--containerd-plugins-namespace', 'bb-second-plugins'],
    ['--bridge', BRIDGE, '--iptables=false', '--ip6tables=false'],
  ].flat();

const mountsBelow = (folder: string): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ').slice(1, 2))
    .filter((path) => path.startsWith(`${folder}/`))
    .toReversed();

async function giveImage(cli: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bb-image-'));
  const path = join(folder, 'image.tar');
  try {
    await runOrThrow('docker', ['save', '--output', path, defaultImageReference()], { timeoutMs: 120_000 });
    await runOrThrow('docker', [...cli, 'load', '--input', path], { timeoutMs: 120_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** This host's own Docker, as it is seen by commands that `become` goes before. */
export interface WatchedDocker {
  /** What makes a command see the watched socket where Docker's default one is: in a mount namespace of its own. */
  readonly become: readonly string[];
  /** The requests since the last call, `METHOD /path` each. They are answered by this host's Docker. */
  requests(): string[];
  close(): void;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Notes each request that reaches the default socket, and passes it on. Nobody else's requests are among them. */
export async function watchDefaultDocker(): Promise<WatchedDocker> {
  const folder = mkdtempSync(join(tmpdir(), 'bb-watch-'));
  const path = join(folder, 'watched.sock');
  let seen: string[] = [];
  const server = createServer((client) => {
    const docker = connect(DEFAULT_SOCKET);
    client.on('data', (chunk: Buffer) => {
      const [request] = /^[A-Z]+ \S+(?= HTTP\/1\.1\r\n)/.exec(chunk.toString('latin1')) ?? [];
      if (request !== undefined) seen.push(request);
    });
    client.pipe(docker).pipe(client);
    for (const socket of [client, docker]) socket.on('error', () => socket.destroy());
  }).listen(path);
  await once(server, 'listening');
  const script = `mount --bind "${path}" "$(realpath ${DEFAULT_SOCKET})" && exec "$@"`;
  return {
    become: ['unshare', '--mount', 'sh', '-c', script, 'sh'],
    requests: () => {
      const since = seen;
      seen = [];
      return since;
    },
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
