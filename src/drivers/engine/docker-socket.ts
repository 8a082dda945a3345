import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { readTextIfThere } from '../../host/files.ts';
import { homeDir } from '../../host/paths.ts';
import { run } from '../../host/run.ts';
import { findProgram } from '../../host/system/programs.ts';
import { EngineError } from './errors.ts';
import { refusalOf } from './hosts/recognise.ts';
import { HOSTS, type HostKind } from './hosts/table.ts';
import type { Missing } from './missing.ts';
import { installCommand, startService } from './packages.ts';

/** The API of Docker 25, the oldest that accepts several networks at once; Docker 29 still supports it. */
export const DOCKER_API = '/v1.44';

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** The Unix socket of the Docker that this user's `docker` command uses. */
export async function findDockerSocket(): Promise<string | Missing> {
  const host = hostVariable('DOCKER_HOST') ?? (await hostOfContext());
  if (host?.startsWith('unix://') === true) return host.slice('unix://'.length);
  if (host !== undefined) {
    const { title, why, next } = HOSTS.remote;
    return {
      status: 'installed',
      reason: `Docker is at ${host}; only a Unix socket of this host is used: ${why}`,
      fix: next,
      evidence: { host: title },
    };
  }
  if (existsSync(DEFAULT_SOCKET)) return DEFAULT_SOCKET;
  if (findProgram('dockerd') === undefined) {
    return { status: 'absent', reason: 'Docker is not installed', fix: installCommand('docker') };
  }
  return {
    status: 'installed',
    reason: "Docker's daemon does not run",
    fix: startService('docker', 'dockerd'),
  };
}

/** The endpoint of the context that the user chose; undefined for the default one. */
async function hostOfContext(): Promise<string | undefined> {
  const folder = hostVariable('DOCKER_CONFIG') ?? join(homeDir(), '.docker');
  const context =
    hostVariable('DOCKER_CONTEXT') ?? currentContext(await readTextIfThere(join(folder, 'config.json')));
  if (context === undefined || context === 'default') return undefined;
  const { exitCode, stdout } = await run(
    'docker',
    ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}', context],
    { timeoutMs: 5_000, env: { DOCKER_CONFIG: folder } },
  );
  return exitCode === 0 ? stdout.trim() : undefined;
}

function currentContext(config: string | undefined): string | undefined {
  try {
    const { currentContext: name } = JSON.parse(config ?? '{}') as { currentContext?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined; // `docker` itself warns about it
  }
}

/** Sockets that programs with a VM put into the user's home: the path identifies the program without an answer. */
const SOCKETS_OF_VMS: readonly (readonly [RegExp, HostKind])[] = [
  [/\/\.docker\/(?:desktop|run)\//, 'docker-desktop'],
  [/\/\.orbstack\//, 'orbstack'],
  [/\/\.rd\//, 'rancher-desktop'],
  [/\/\.colima\//, 'colima'],
  [/\/\.lima\//, 'lima'],
];

function stoppedVm(text: string): Missing | undefined {
  const [, kind] = SOCKETS_OF_VMS.find(([pattern]) => pattern.test(text)) ?? [];
  return kind === undefined ? undefined : refusalOf({ kind, isElsewhere: true });
}

/** Debian 12's own package is 20.10, and its backports have no newer one. */
const NEWER_DOCKER =
  'install Docker 25 or newer; Debian 12 has it in the packages of Docker itself: https://docs.docker.com/engine/install/debian/';

/** Why an existing socket cannot be used. */
export function unreachable(error: unknown): Missing {
  const text = reasonOf(error);
  const stopped = stoppedVm(text);
  if (stopped !== undefined) return stopped;
  const installed = (reason: string, fix: string, evidence?: Missing['evidence']): Missing => ({
    status: 'installed',
    reason,
    fix,
    ...(evidence === undefined ? {} : { evidence }),
  });
  if (text.includes('EACCES')) {
    return installed(
      'this user may not talk to Docker',
      'sudo usermod -aG docker "$USER" and log in again (this makes the user as powerful as root), or use runtime: bubblewrap',
    );
  }
  if (text.includes('ECONNREFUSED') || text.includes('ENOENT')) {
    return installed("Docker's daemon does not run", startService('docker', 'dockerd'));
  }
  if (error instanceof EngineError && error.status === 400 && text.includes('is too new')) {
    return installed('this Docker is older than 25', NEWER_DOCKER, { said: text });
  }
  return installed(`Docker does not answer: ${text}`, 'restart Docker');
}
