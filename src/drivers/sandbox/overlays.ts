import { BottleError, linesOf } from '../../errors.ts';
import { parseMountTable } from '../../host/disk/mount-table.ts';
import { assetPath } from '../../host/paths.ts';
import { runOrThrow } from '../../host/run.ts';

/**
 * A sandbox shows each of the host's read-only folders through an overlay. A bind mount would expose Unix sockets and
 * FIFOs: neither "read-only" nor a network namespace blocks them, and a program of the host can create one at any time.
 * An overlay has separate inodes, so the same file connects to no process (measured; af_unix.c and ovl_fill_inode of
 * Linux 6.18).
 */

/** The fix for a kernel that cannot mount such an overlay. */
export const OVERLAY_FIX =
  'sudo modprobe overlay; it takes Linux 5.11 or newer and a file system that overlayfs reads, or use another runtime';

/** The second layer that the kernel requires, in each sandbox. */
export const EMPTY_FOLDER = '/run/bot-bottle/empty';

/**
 * Mounts the overlays in a sandbox that runs no code of the agent yet. `pid`: the host's pid of its first process;
 * `overlaid`: paths of folders in it. The caller must read the result back.
 * @throws BottleError `rungUnavailable`
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

/**
 * The folders without an overlay, one line each. `mounts`: the text of /proc/PID/mountinfo; if a path has several
 * mounts, the last one is visible. Pure.
 */
export function overlayFaults(mounts: string, overlaid: readonly string[]): readonly string[] {
  const types = new Map(parseMountTable(mounts).map(({ path, type }) => [path, type]));
  return overlaid
    .filter((path) => types.get(path) !== 'overlay')
    .map((path) => `${path} shows the host's own folder, not an overlay: ${types.get(path) ?? 'no mount'}`);
}
