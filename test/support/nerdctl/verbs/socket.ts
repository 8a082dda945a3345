import { statSync } from 'node:fs';
import { Failure } from '../failure.ts';
import type { Call } from './context.ts';

const DOCKER = '/var/run/docker/containerd/containerd.sock';

/** Why containerd cannot be reached, in nerdctl's words (pkg/clientutil/client.go, pkg/systemutil); undefined: it can be. */
export function cannotAccess({ settings, socketPath, place }: Call): Failure | undefined {
  const isThere =
    settings.containerd === 'running' && socketPath === place.socketPath && hasSocket(socketPath);
  if (isThere) return undefined;
  const hint = hasSocket(DOCKER)
    ? ` (hint: try running with \`--address ${DOCKER}\` to connect to Docker-managed containerd)`
    : '';
  return new Failure(`cannot access containerd socket "${socketPath}"${hint}: no such file or directory`);
}

function hasSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
