import {
  appendFileSync,
  createWriteStream,
  existsSync,
  lstatSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import type { Server } from 'node:net';
import { join, resolve } from 'node:path';
import { placeIn, readSettings, type Place } from '../settings.ts';
import type { Configuration } from '../store/configuration.ts';
import { findContainer, noteRunning, type Container } from '../store/containers.ts';
import { findImage, snapshotDir } from '../store/images.ts';
import { ociConfiguration } from './bundle.ts';
import { startGuestProcess, type Size } from './guest-process.ts';
import { joinNetworks, type JoinedNetwork } from './network.ts';
import { startTidier, tidyUp } from './tidy.ts';
import { layRoot, writeOwnFiles } from './root.ts';
import { openRelay, modeOf } from './relay.ts';

/**
 * `container-runtime-linux`: the process of this host that stands for one container, as the real one's holds its machine. It ends
 * with the container. Its root's mount is in a namespace of its own, so that nothing of it is left, however it ends.
 */

/** What it says to who started it. */
export type Notice =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'ended'; readonly exitCode: number };

const [, , verb = '', , containerPath = '', , id = ''] = process.argv; // start|tidy --root PATH --uuid ID
const here = placeIn(resolve(containerPath, '..', '..', '..'));

/** After another of this program, which was ended. */
function tidy(place: Place): void {
  const container = findContainer(place, id);
  if (container !== undefined) tidyUp(place, container);
}

function finish(notice: Notice): void {
  tell(notice, () => process.exit(0)); // oxlint-disable-line unicorn/no-process-exit -- a program; sockets may be open
}

function tell(notice: Notice, then: () => void = () => undefined): void {
  if (process.send === undefined || !process.connected) return then();
  process.send(notice, then);
}

async function main(place: Place): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('disconnect', () => undefined);
  const settings = readSettings(place);
  const container = findContainer(place, id);
  const image =
    container === undefined ? undefined : findImage(place, container.configuration.image.reference);
  if (container === undefined || image === undefined) throw new Error(`container ${id} is not there`);
  const rootPath = layRoot(container, snapshotDir(place, image));
  const relays = await openSockets(container, rootPath);
  const tidier = startTidier(place, container);
  const networks = joinNetworks(place, container, settings);
  try {
    writeOwnFiles(rootPath, container, networks);
    writeFileSync(
      join(container.dir, 'config.json'),
      JSON.stringify(
        ociConfiguration({
          configuration: container.configuration,
          settings,
          rootPath,
          sockets: relays.inGuest,
          networkHooks: networks.map(({ hook }) => hook),
          startedPath: join(container.dir, 'started'),
        }),
      ),
    );
    return await runToEnd(place, container, networks);
  } finally {
    for (const server of relays.servers) server.close();
    tidyUp(place, container);
    await tidier.release();
  }
}

interface Relays {
  readonly servers: readonly Server[];
  readonly inGuest: Readonly<Record<string, string>>;
}

async function openSockets({ dir, configuration }: Container, rootPath: string): Promise<Relays> {
  const servers: Server[] = [];
  const inGuest: Record<string, string> = {};
  for (const [index, { source, destination }] of configuration.mounts.entries()) {
    if (lstatSync(source, { throwIfNoEntry: false })?.isSocket() !== true) continue;
    expectShort(source);
    const listenPath = join(dir, `s${index}`);
    servers.push(await openRelay({ listenPath, connectPath: () => source, mode: modeOf(source) }));
    inGuest[destination] = listenPath;
  }
  for (const { hostPath, containerPath } of configuration.publishedSockets) {
    expectShort(hostPath);
    // In the machine, not in the container: what the container has mounted over its root is not seen (apple/container #2101).
    const connectPath = (): string => join(rootPath, containerPath);
    servers.push(await openRelay({ listenPath: hostPath, connectPath }));
  }
  return { servers, inGuest };
}

/** Room for a path in sockaddr_un of macOS, with a zero at its end; GHSA-rgqp-277h-gcwj is about longer ones before 1.4.1. */
const MOST_PATH_BYTES = 104;

function expectShort(path: string): void {
  if (Buffer.byteLength(path) >= MOST_PATH_BYTES)
    throw new Error(`${path} is too long for a Unix Domain Socket path`);
}

/** Of the state that an OCI runtime gives to a hook: https://github.com/opencontainers/runtime-spec runtime.md, "State". */
const initPid = (dir: string): number =>
  (JSON.parse(readFileSync(join(dir, 'started'), 'utf8')) as { readonly pid: number }).pid;

/** Runs its first process to the end; gives its exit code. */
async function runToEnd(
  place: Place,
  container: Container,
  networks: readonly JoinedNetwork[],
): Promise<number> {
  const { dir, configuration } = container;
  const log = createWriteStream(join(dir, 'stdio.log'), { flags: 'a' });
  const guest = startGuestProcess({
    command: ['runc', ...runcArguments(place, dir, configuration)],
    isTty: configuration.initProcess.terminal,
    size: undefined,
    take: (name, chunk) => {
      log.write(chunk);
      process[name].write(chunk);
    },
  });
  process.stdin.on('error', () => undefined).pipe(guest.stdin);
  process.on('message', (size: Size) => guest.resize(size));
  const { exitCode: ended } = guest;
  const isStarted = await Promise.race([startedIn(dir), ended.then(() => existsSync(join(dir, 'started')))]);
  if (!isStarted) {
    throw new Error(readFileSync(join(dir, 'runc.log'), 'utf8'));
  }
  noteRunning(dir, {
    initPid: initPid(dir),
    startedDate: new Date().toISOString(),
    networks: networks.map(({ hook: _hook, ...network }) => network),
  });
  tell({ kind: 'started' });
  const exitCode = await ended;
  await new Promise<void>((resolve) => log.end(resolve));
  return exitCode;
}

function runcArguments({ stateDir }: Place, dir: string, { id: name }: Configuration): string[] {
  for (const file of ['started', 'runc.log']) rmSync(join(dir, file), { force: true });
  appendFileSync(join(dir, 'runc.log'), '');
  const own = ['--root', join(stateDir, 'runc'), '--log', join(dir, 'runc.log'), '--log-format', 'json'];
  return [...own, 'run', '--bundle', dir, name];
}

/** Settles when the hook has said that it runs. */
async function startedIn(dir: string): Promise<true> {
  const path = join(dir, 'started');
  return await new Promise((resolve) => {
    const watcher = watch(dir, () => look());
    const look = (): void => {
      if (!existsSync(path)) return;
      watcher.close();
      resolve(true);
    };
    look();
  });
}

// The last: all that it uses is there.
if (verb === 'tidy') tidy(here);
else
  void main(here).then(
    (exitCode) => finish({ kind: 'ended', exitCode }),
    (error: unknown) => finish({ kind: 'failed', message: (error as Error).message }),
  );
