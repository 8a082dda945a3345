import { join } from 'node:path';
import { systemOptions, type SystemEntry } from '../host/system/system-folders.ts';

/**
 * The sandbox of the process that holds a bottle's keys, in a separate bubblewrap. The process reads input from a
 * hostile agent. Besides the keys it gets only the system's folders, read-only, and its two sockets: no network, no
 * home. Pure.
 */
export interface Confinement {
  readonly bottleId: string;
  /** Host path of keys.pl. */
  readonly programPath: string;
  readonly innerDir: string;
  readonly outerDir: string;
  /** The host's system folders that the process sees. */
  readonly system: readonly SystemEntry[];
  /** The account that the holder switches to if root launches. Undefined: the user, in a user namespace. */
  readonly dropTo: { readonly uid: number; readonly gid: number } | undefined;
}

const INSIDE = { program: '/run/keys.pl', inner: '/run/inner', outer: '/run/outer' } as const;

/** Descriptor on which bubblewrap reports the process ID: bwrap(1), `--info-fd`. */
export const INFO_FD = 3;

/** Returns the arguments of `bwrap`. */
export function confinedCall({ dropTo, ...parts }: Confinement): readonly string[] {
  return [
    ['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    // For root, bubblewrap mounts as root, since others cannot enter root's folders; setpriv then drops root for good.
    dropTo === undefined ? ['--unshare-user', '--disable-userns', '--cap-drop', 'ALL'] : [],
    ['--hostname', 'keys', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin'],
    ['--setenv', 'BOT_BOTTLE_ID', parts.bottleId],
    // Explicit: folders that bubblewrap creates as parents of a mount are open to root only.
    ['--dir', '/etc', '--dir', '/run'],
    systemOptions(parts.system),
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ['--dev', '/dev', '--remount-ro', '/dev'],
    ['--ro-bind', parts.programPath, INSIDE.program],
    ['--bind', parts.innerDir, INSIDE.inner, '--bind', parts.outerDir, INSIDE.outer],
    ['--remount-ro', '/', '--chdir', '/', '--as-pid-1', '--info-fd', String(INFO_FD), '--'],
    dropTo === undefined ? [] : dropCall(dropTo),
    ['perl', INSIDE.program, join(INSIDE.inner, 's'), join(INSIDE.outer, 's')],
  ].flat();
}

function dropCall({ uid, gid }: NonNullable<Confinement['dropTo']>): readonly string[] {
  const ids = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return ['setpriv', ...ids, '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
}
