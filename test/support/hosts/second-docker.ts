import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';

/** As in the file daemon.json of dockerd(8), by name. */
type Runtimes = Readonly<Record<string, { readonly path: string; readonly runtimeArgs: readonly string[] }>>;

/** A test's own Docker daemon, beside this host's. Needs root. */
export interface SecondDocker {
  readonly socketPath: string;
  /** The arguments before a verb that point `docker` at it. */
  readonly cli: readonly string[];
  /** Registers these runtimes, and no others besides runc, in the running daemon. */
  setRuntimes(runtimes: Runtimes): Promise<void>;
  /** Ends the daemon; its data stays for the next `start`. */
  stop(): Promise<void>;
  /** Starts the daemon, if it does not run. */
  start(): Promise<void>;
  /** Ends the daemon and removes all its data. */
  remove(): Promise<void>;
}

/** Starts a daemon with separate folders and containerd namespaces. Loads the default image of this host's Docker. */
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
  await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge']); // a killed run may have left it
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
      // A daemon leaves mounts of its folder and of network namespaces.
      for (const path of mountsBelow(folder)) await runOrThrow('umount', [path]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Made here: with `--bridge none` dockerd would remove docker0, which belongs to this host's Docker
 * (removeDefaultBridgeInterface in moby).
 */
const BRIDGE = 'bb-second';

/** dockerd(8). With an existing bridge and no firewall rules, it changes nothing in the host's network. */
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

/** This host's Docker, as commands after `become` see it. */
export interface WatchedDocker {
  /**
   * Start of a command line that shows the command the watched socket in place of Docker's default one, in a separate
   * mount namespace.
   */
  readonly become: readonly string[];
  /** Returns the requests since the last call, each as `METHOD /path`. This host's Docker answers them. */
  requests(): string[];
  close(): void;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Records each request to the default socket, and passes it on. Records no requests of other programs. */
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
