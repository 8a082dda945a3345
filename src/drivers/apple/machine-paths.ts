import { basename, join } from 'node:path';

/** The paths of a bottle's parts, on the host and in its machines. Pure. */

/** Folders and sockets in a bottle's private run-time folder. */
export const hostPaths = (runDir: string) =>
  ({
    /** The sockets of its gateway; Apple's runtime creates them there. */
    socketsDir: join(runDir, 'sockets'),
    /** The small programs that run first in the machine. */
    programDir: join(runDir, 'apple', 'program'),
    /**
     * A separate folder for each mounted file: a machine could see other files in the same folder (FileMount.swift of
     * containerization 0.31).
     */
    filesDir: join(runDir, 'apple', 'files'),
  }) as const;

/** Paths in the agent's machine. */
export const AGENT_PATHS = {
  sockets: '/.bot-bottle-sockets',
} as const;

/**
 * The folder of the sockets in the gateway's machine. It is on the root, which is writable there. A socket in a tmpfs,
 * or on a read-only root, is not found from outside: apple/container#2101.
 */
export const GATEWAY_SOCKETS = '/tmp';

/** The host path of a mounted file, in a folder that contains only this file. */
export const alonePath = (runDir: string, guestPath: string): string =>
  join(hostPaths(runDir).filesDir, guestPath.slice(1).replaceAll('/', '-'), basename(guestPath));
