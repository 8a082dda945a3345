import { join } from 'node:path';
import { systemOptions, type SystemEntry } from '../host/system/system-folders.ts';

/**
 * The holder of a bottle's keys, in a bubblewrap of its own: it reads what a hostile agent sends, so besides the keys it gets
 * nothing but the system's folders, read-only, and its two sockets; no network, no home. Pure.
 */
export interface Confinement {
  readonly bottleId: string;
  /** keys.pl */
  readonly programPath: string;
  readonly innerDir: string;
  readonly outerDir: string;
  /** The folders of the host's system that are shown. */
  readonly system: readonly SystemEntry[];
  /** Set where root launches: whom the holder becomes. Otherwise it is the user, in a user namespace. */
  readonly dropTo: { readonly uid: number; readonly gid: number } | undefined;
}

const INSIDE = { program: '/run/keys.pl', inner: '/run/inner', outer: '/run/outer' } as const;

/** Descriptor on which bubblewrap names the process: bwrap(1), `--info-fd`. */
export const INFO_FD = 3;

/** The arguments of `bwrap`. */
export function confinedCall({ dropTo, ...parts }: Confinement): readonly string[] {
  return [
    ['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    // Root makes the mounts as root, because its folders are closed to others, and then leaves for good.
    dropTo === undefined ? ['--unshare-user', '--disable-userns', '--cap-drop', 'ALL'] : [],
    ['--hostname', 'keys', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin'],
    ['--setenv', 'BOT_BOTTLE_ID', parts.bottleId],
    // Made by themselves: as mere parents of a mount they would be open to root only.
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
