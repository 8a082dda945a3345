import { join, relative } from 'node:path';
import { BottleError } from '../../errors.ts';
import { run } from '../../host/run.ts';
import type { Mount } from '../driver.ts';

/**
 * A Unix socket or FIFO in a mounted folder leads to whoever has its other end on the host: a network namespace does not hold
 * it, a read-only mount neither, and a system call filter sees no path. So each is covered before the agent runs, in folders
 * that cannot show through an overlay.
 */

const DEADLINE_MS = 60_000;

/** Guest paths of all sockets and FIFOs in these folders. @throws BottleError `rungUnavailable` when a folder cannot be looked through */
export async function findSockets(mounts: readonly Mount[], signal: AbortSignal): Promise<readonly string[]> {
  const found = await Promise.all(mounts.map((mount) => findIn(mount, signal)));
  return found.flat();
}

async function findIn({ hostPath, guestPath }: Mount, signal: AbortSignal): Promise<readonly string[]> {
  // -H: the mount itself may be named by a symbolic link.
  const result = await run('find', ['-H', hostPath, '-type', 's', '-print0', '-o', '-type', 'p', '-print0'], {
    timeoutMs: DEADLINE_MS,
    signal,
  });
  // `find` also fails for a folder that this user may not read: the bottle, as the same user or less, may not either.
  if (result.notFound || result.timedOut || result.exitCode === undefined) {
    throw new BottleError('rungUnavailable', `${hostPath} could not be searched for sockets`, {
      details: [result.stderr.trim()],
      fix: result.notFound ? 'install findutils' : 'mount a smaller folder',
    });
  }
  return result.stdout
    .split('\0')
    .filter((path) => path !== '')
    .map((path) => join(guestPath, relative(hostPath, path)));
}
