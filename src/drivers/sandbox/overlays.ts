import { BottleError, linesOf } from '../../errors.ts';
import { parseMountTable } from '../../host/disk/mount-table.ts';
import { assetPath } from '../../host/paths.ts';
import { runOrThrow } from '../../host/run.ts';

/**
 * Folders of the host that a sandbox shows read-only are shown through an overlay each. A bind mount would carry Unix sockets and
 * FIFOs: neither "read-only" nor a network namespace stops them, and a program of the host can make one at any time. An overlay has
 * inodes of its own, so that the same file leads to nobody (measured; af_unix.c and ovl_fill_inode of Linux 6.18).
 */

/** What to do where the kernel does not lay one. */
export const OVERLAY_FIX =
  'sudo modprobe overlay; it takes Linux 5.11 or newer and a file system that overlayfs reads, or use another runtime';

/** The second layer that the kernel asks for, in each sandbox. */
export const EMPTY_FOLDER = '/run/bot-bottle/empty';

/**
 * Lays them in a sandbox in which nothing of the agent's runs yet. `pid`: of its first process, as this host counts; `overlaid`:
 * paths of folders in it. What came of it is to be read back. @throws BottleError `rungUnavailable`
 */
export async function layOverlays(pid: number, overlaid: readonly string[]): Promise<void> {
  try {
    await runOrThrow('perl', [assetPath('handover/overlays.pl'), String(pid), EMPTY_FOLDER, ...overlaid]);
  } catch (cause) {
    throw new BottleError('rungUnavailable', 'the folders of the system could not be shown by an overlay', {
      details: linesOf(cause),
      fix: OVERLAY_FIX,
    });
  }
}

/** Which folders do not show through an overlay. `mounts`: the text of /proc/PID/mountinfo; of several mounts at a place the last is seen. Pure. */
export function overlayFaults(mounts: string, overlaid: readonly string[]): readonly string[] {
  const types = new Map(parseMountTable(mounts).map(({ path, type }) => [path, type]));
  return overlaid
    .filter((path) => types.get(path) !== 'overlay')
    .map((path) => `${path} shows the host's own folder, not an overlay: ${types.get(path) ?? 'no mount'}`);
}
