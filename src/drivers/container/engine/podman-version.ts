/** Differences of older Podman versions. Pure, except for the call that asks for the version. */

import type { EngineClient } from '../../engine/client.ts';

export interface PodmanHabits {
  /** Folders where the engine puts its own writable tmpfs, unasked, in a container with a read-only root. */
  readonly addsTmpfsAt: readonly string[];
  /** Gives root's containers a limit of a million processes, which root without CAP_SYS_RESOURCE cannot set. */
  readonly raisesProcesses: boolean;
  /** `inspect` shows every private IPC namespace of a container as `shareable`. */
  readonly callsOwnIpcShareable: boolean;
}

/** The habits of the newest version. */
export const PODMAN_NOW: PodmanHabits = {
  addsTmpfsAt: [],
  raisesProcesses: false,
  callsOwnIpcShareable: false,
};

/**
 * The habits of a version such as `4.3.1`, which was tested: Debian 12 has it. Since 4.4, `inspect` names the IPC
 * namespace as requested (libpod/container_inspect.go). Requesting a closed folder, or no more processes than this user
 * may have, is harmless in any version, so all versions before 5.0 get both.
 */
export function podmanHabits(version: string): PodmanHabits {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return {
    addsTmpfsAt: major < 5 ? ['/run', '/tmp', '/var/tmp'] : [],
    raisesProcesses: major < 5,
    callsOwnIpcShareable: major < 4 || (major === 4 && minor < 4),
  };
}

/** Asks a service for its version and returns its habits. @throws EngineError */
export async function habitsOf(client: EngineClient): Promise<PodmanHabits> {
  const { Version } = await client.call<{ Version?: string }>({ method: 'GET', path: '/libpod/version' });
  return Version === undefined ? PODMAN_NOW : podmanHabits(Version);
}
