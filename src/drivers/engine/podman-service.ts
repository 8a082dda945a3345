import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostVariable } from '../../host/env.ts';
import { spawnProgram } from '../../host/run.ts';
import { createEngineClient, type EngineClient } from './client.ts';
import { EngineError } from './errors.ts';

/**
 * Podman has no daemon: a process of bot-bottle serves its API on a private socket, as long as bot-bottle runs
 * (docs/adr/0041). Its environment is an allow-list, so that no proxy variable of the host reaches containers.
 */

/** Docker-compatible calls and Podman's own are under one version: podman-system-service(1). */
const API_PREFIX = '/v5.0.0';
const START_DEADLINE_MS = 10_000;

/**
 * Serves until its standard input ends, which happens whenever bot-bottle ends; leaves nothing behind. The script makes
 * the folder itself: one made by bot-bottle would remain if bot-bottle ended before the script starts. The folder is
 * also its working directory: conmon writes a file `oom` into that.
 */
const SERVE = `
folder=$1; settings=$2; shift 2
mkdir -m 700 "$folder" && cd "$folder" || exit
trap 'rm -rf "$folder"' EXIT
printf %s "$settings" >"$folder/containers.conf" || exit
exec 3<&0
CONTAINERS_CONF_OVERRIDE="$folder/containers.conf" podman "$@" \\
  system service --time=0 "unix://$folder/s" </dev/null 3<&- & service=$!
{ read -r _ <&3; kill $service; } 2>/dev/null & watcher=$!
wait $service
kill $watcher 2>/dev/null`;

type ServiceProcess = ReturnType<typeof spawnProgram>;

export interface ServiceOptions {
  /** Flags before the verb: `--runtime runsc`. */
  readonly flags: readonly string[];
  /** A static program that is every container's first process. */
  readonly initPath: string;
  readonly signal: AbortSignal | undefined;
}

/** Starts the service and returns a client once it answers. @throws EngineError with podman's output */
export async function startPodmanService({ flags, initPath, signal }: ServiceOptions): Promise<EngineClient> {
  const parent = hostVariable('XDG_RUNTIME_DIR') ?? tmpdir();
  const folder = join(parent, `bot-bottle-podman-${randomBytes(8).toString('hex')}`);
  const settings = `[containers]\ninit_path = ${JSON.stringify(initPath)}\nhttp_proxy = false\n`;
  const server = spawnProgram('sh', ['-c', SERVE, 'sh', folder, settings, ...flags], {
    detached: true, // Ctrl-C at the terminal must not kill the process that cleans up
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PODMAN_IGNORE_CGROUPSV1_WARNING: '1' },
  });
  const said = lastLineOf(server);
  letGo(server);
  const client = createEngineClient({ socketPath: join(folder, 's'), prefix: API_PREFIX });
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(client))) {
    const isGone = server.pid === undefined || server.exitCode !== null;
    if (signal?.aborted === true || isGone || Date.now() > deadline) {
      server.stdin?.end();
      signal?.throwIfAborted();
      throw new EngineError(said() || 'podman system service does not start');
    }
    await sleep(5);
  }
  return client;
}

/**
 * Returns a function for the last line of its output, or the reason why it did not start. Keeps reading, so that the
 * pipe never fills.
 */
function lastLineOf(server: ServiceProcess): () => string {
  let last = '';
  server.once('error', ({ message }) => (last = message));
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    last = text.trim().split('\n').at(-1) ?? last;
  });
  return () => last;
}

/** Lets this program exit: then the service's input ends, and the service with it. */
function letGo(server: ServiceProcess): void {
  server.unref();
  for (const stream of [server.stdin, server.stderr]) {
    if (stream instanceof Socket) stream.unref();
  }
}

async function answers(client: EngineClient): Promise<boolean> {
  try {
    const pong = await client.stream({ method: 'GET', path: '/_ping', timeoutMs: START_DEADLINE_MS });
    pong.resume();
    return true;
  } catch {
    return false; // the socket does not exist yet, or no process listens on it yet
  }
}
