import { join } from 'node:path';

/** Where the parts of SSH are: in a bottle, and of a bottle on the host. */

/** The socket by which a bottle's programs have things signed. */
export const GUEST_SOCKET_PATH = '/run/bot-bottle/ssh-agent';

/**
 * Of a bottle's `runDir`. Each socket has a folder of its own, since only one of them is the bottle's. Paths of Unix
 * sockets are at most 107 bytes (unix(7)), so they are used relative to `dir`, or at short places inside a sandbox.
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
