import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../../errors.ts';
import { hostVariable } from '../../../host/env.ts';
import { spawnProgram } from '../../../host/run.ts';
import { createEngineClient, type EngineClient } from './client.ts';
import { EngineError } from './errors.ts';

/**
 * Podman has no daemon: its interface is served by a process of ours, for as long as we live, on a socket of ours
 * (docs/adr/0041). Its environment is our allow-list, so that no proxy variable of the host travels into containers.
 */

/** Compatible calls and Podman's own lie under one version: podman-system-service(1). */
const API_PREFIX = '/v5.0.0';
const START_DEADLINE_MS = 10_000;

/** Serves until its standard input ends, which it does with us however we end; leaves nothing behind. */
const SERVE = `
folder=$1; shift
podman "$@" system service --time=0 "unix://$folder/s" </dev/null 2>"$folder/log" &
read -r _
kill $! 2>/dev/null
wait $!
rm -rf "$folder"`;

export interface ServiceOptions {
  /** Before the verb: \`--runtime runsc\`. */
  readonly flags: readonly string[];
  /** A static program that is every container's first process. */
  readonly initPath: string;
  readonly signal: AbortSignal | undefined;
}

/** Starts the service and gives a client once it answers. @throws EngineError with what podman said */
export async function startPodmanService({ flags, initPath, signal }: ServiceOptions): Promise<EngineClient> {
  const folder = await mkdtemp(join(hostVariable('XDG_RUNTIME_DIR') ?? tmpdir(), 'bot-bottle-podman-'));
  const settings = join(folder, 'containers.conf');
  await writeFile(settings, `[containers]\ninit_path = ${JSON.stringify(initPath)}\nhttp_proxy = false\n`);
  const server = spawnProgram('sh', ['-c', SERVE, 'sh', folder, ...flags], {
    detached: true, // Ctrl-C at the terminal must not take away what cleans up
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { CONTAINERS_CONF_OVERRIDE: settings, PODMAN_IGNORE_CGROUPSV1_WARNING: '1' },
  });
  server.unref();
  if (server.stdin instanceof Socket) server.stdin.unref();
  const client = createEngineClient({ socketPath: join(folder, 's'), prefix: API_PREFIX });
  try {
    await answers(client, folder, signal);
    return client;
  } catch (error) {
    const said = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    server.stdin?.end();
    throw new EngineError(said.trim().split('\n').at(-1) || reasonOf(error), undefined, error);
  }
}

async function answers(client: EngineClient, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!existsSync(join(folder, 's'))) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) throw new Error('podman system service does not start');
    await sleep(5);
  }
  const pong = await client.stream({ method: 'GET', path: '/_ping', timeoutMs: START_DEADLINE_MS });
  pong.resume();
}
