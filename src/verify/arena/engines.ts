import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { hostVariable } from '../../host/env.ts';

/** Finds the container engines of this host as an attacker with access to one of their sockets would. */

const TIMEOUT_MS = 2_000;

/** Returns where engines have their sockets, including the one that this user's own commands use. */
export const engineSockets = (): string[] => [
  ...new Set([
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run/podman/podman.sock',
    `/run/user/${process.getuid?.() ?? 0}/docker.sock`,
    `/run/user/${process.getuid?.() ?? 0}/podman/podman.sock`,
    ...['DOCKER_HOST', 'CONTAINER_HOST'].flatMap((name) => pathIn(hostVariable(name) ?? '')),
  ]),
];

const pathIn = (url: string): string[] => (url.startsWith('unix://') ? [url.slice('unix://'.length)] : []);

/** Returns a digest of each engine's version answer, which only a program that asked the engine can know. */
export async function readEngines(): Promise<readonly string[]> {
  const versions = await Promise.all(engineSockets().map(async (path) => await versionAt(path)));
  const known = versions.filter((version) => version !== undefined);
  return [...new Set(known)].map((version) => createHash('sha256').update(version).digest('hex'));
}

/** Sends `GET /version`, which every version of Docker's API answers; undefined without an answer. */
async function versionAt(socketPath: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const nobody = (): void => resolve(undefined);
    const options = { socketPath, path: '/version', headers: { host: 'engine' }, timeout: TIMEOUT_MS };
    const asked = request(options, (response) => void text(response).then(resolve, nobody));
    asked.on('error', nobody);
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}
