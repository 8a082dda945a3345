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
 * Podman has no daemon: its interface is served by a process of ours, for as long as we live, on a socket of ours
 * (docs/adr/0041). Its environment is our allow-list, so that no proxy variable of the host travels into containers.
 */

/** Compatible calls and Podman's own lie under one version: podman-system-service(1). */
const API_PREFIX = '/v5.0.0';
const START_DEADLINE_MS = 10_000;

/**
 * Serves until its standard input ends, which it does with us however we end; leaves nothing behind. It makes the folder
 * itself: one of ours would stay where we end before it begins. It lives in it, too: conmon writes a file `oom` where it is.
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
  /** Before the verb: `--runtime runsc`. */
  readonly flags: readonly string[];
  /** A static program that is every container's first process. */
  readonly initPath: string;
  readonly signal: AbortSignal | undefined;
}

/** Starts the service and gives a client once it answers. @throws EngineError with what podman said */
export async function startPodmanService({ flags, initPath, signal }: ServiceOptions): Promise<EngineClient> {
  const parent = hostVariable('XDG_RUNTIME_DIR') ?? tmpdir();
  const folder = join(parent, `bot-bottle-podman-${randomBytes(8).toString('hex')}`);
  const settings = `[containers]\ninit_path = ${JSON.stringify(initPath)}\nhttp_proxy = false\n`;
  const server = spawnProgram('sh', ['-c', SERVE, 'sh', folder, settings, ...flags], {
    detached: true, // Ctrl-C at the terminal must not take away what cleans up
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

/** What it printed last, read for as long as it prints; or why it did not start. */
function lastLineOf(server: ServiceProcess): () => string {
  let last = '';
  server.once('error', ({ message }) => (last = message));
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    last = text.trim().split('\n').at(-1) ?? last;
  });
  return () => last;
}

/** It must not keep this program from ending: its input ends then, and with it the service. */
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
    return false; // the socket is not there yet, or nobody listens on it yet
  }
}
