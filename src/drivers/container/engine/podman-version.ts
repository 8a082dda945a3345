/** What older Podmans do otherwise, by their version. Pure, but for the question of the version. */

import type { EngineClient } from '../../engine/client.ts';

export interface PodmanHabits {
  /** Folders in which a container with a read-only root gets a writable tmpfs of the engine's, unasked. */
  readonly addsTmpfsAt: readonly string[];
  /** Root's containers may have a million processes, which a root without CAP_SYS_RESOURCE cannot give. */
  readonly raisesProcesses: boolean;
  /** `inspect` calls every IPC namespace of the container's own `shareable`. */
  readonly callsOwnIpcShareable: boolean;
}

/** The habits of the newest. */
export const PODMAN_NOW: PodmanHabits = {
  addsTmpfsAt: [],
  raisesProcesses: false,
  callsOwnIpcShareable: false,
};

/**
 * The habits of a version such as `4.3.1`, which was looked at: Debian 12 has it. 4.4 names the IPC namespace as asked for
 * (libpod/container_inspect.go). Asking for a closed folder, or for
 * no more processes than this user may have, harms nowhere: all before 5.0 are asked.
 */
export function podmanHabits(version: string): PodmanHabits {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return {
    addsTmpfsAt: major < 5 ? ['/run', '/tmp', '/var/tmp'] : [],
    raisesProcesses: major < 5,
    callsOwnIpcShareable: major < 4 || (major === 4 && minor < 4),
  };
}

/** Asks a service for its version. @throws EngineError */
export async function habitsOf(client: EngineClient): Promise<PodmanHabits> {
  const { Version } = await client.call<{ Version?: string }>({ method: 'GET', path: '/libpod/version' });
  return Version === undefined ? PODMAN_NOW : podmanHabits(Version);
}
