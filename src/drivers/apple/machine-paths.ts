import { basename, join } from 'node:path';

/** Where the parts of a bottle lie, on the host and in it. Pure. */

/** Folders and sockets of a bottle's private run-time folder. */
export const hostPaths = (runDir: string) =>
  ({
    /** Its gateway's sockets, which Apple's runtime makes there. */
    socketsDir: join(runDir, 'sockets'),
    /** The small programs that run in it first. */
    programDir: join(runDir, 'apple', 'program'),
    /** A folder for each file that is mounted: what else is in one, a machine could see (FileMount.swift of containerization 0.31). */
    filesDir: join(runDir, 'apple', 'files'),
  }) as const;

/** In the agent's machine. */
export const AGENT_PATHS = {
  sockets: '/.bot-bottle-sockets',
} as const;

/**
 * In the gateway's machine: its sockets are on the root, which is writable there. One in a tmpfs, or on a read-only root, is not
 * found from outside: apple/container#2101.
 */
export const GATEWAY_SOCKETS = '/tmp';

/** Where a file that shows at this place lies alone. */
export const alonePath = (runDir: string, guestPath: string): string =>
  join(hostPaths(runDir).filesDir, guestPath.slice(1).replaceAll('/', '-'), basename(guestPath));
