import { join } from 'node:path';

/** Paths for SSH, in a bottle and on the host. */

/** The ssh-agent socket in a bottle, through which its programs request signatures. */
export const GUEST_SOCKET_PATH = '/run/bot-bottle/ssh-agent';

/**
 * Returns the host paths in a bottle's `runDir`. Each socket has a separate folder, since the bottle gets only one of
 * them. Paths of Unix sockets are at most 107 bytes long (unix(7)), so use them relative to `dir`, or at short paths
 * inside a sandbox.
 */
export function keyPaths(runDir: string) {
  const dir = join(runDir, 'ssh');
  return {
    dir,
    innerDir: join(dir, 'inner'),
    outerDir: join(dir, 'outer'),
    /** Relative to `dir`. */
    innerSocket: 'inner/s',
    outerSocket: 'outer/s',
    outerSocketPath: join(dir, 'outer', 's'),
  } as const;
}
