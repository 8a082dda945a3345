import { existsSync, readFileSync } from 'node:fs';
import { installAll, readOsRelease, samePackage, type Packages } from '../../host/system/distribution.ts';
import { OVERLAY_FIX } from '../sandbox/overlays.ts';

/** Commands that fix bubblewrap on this host. */

const PACKAGES: Readonly<Record<'bwrap' | 'perl' | 'prlimit' | 'taskset' | 'find', Packages>> = {
  bwrap: samePackage('bubblewrap'),
  perl: {
    apt: 'perl-base',
    dnf: 'perl-interpreter perl-POSIX perl-Socket',
    pacman: 'perl',
    zypper: 'perl',
    apk: 'perl',
    nix: 'perl',
  },
  prlimit: samePackage('util-linux'),
  taskset: { ...samePackage('util-linux'), dnf: 'util-linux-core' },
  find: samePackage('findutils'),
};

export type NeededProgram = keyof typeof PACKAGES;

/** The command that installs programs on this distribution. */
export const installCommand = (programs: readonly NeededProgram[], osRelease = readOsRelease()): string =>
  installAll(
    programs.map((program) => ({ program, packages: PACKAGES[program] })),
    osRelease,
  );

/** Kernel settings that forbid an ordinary user what bubblewrap does. */
export interface Switches {
  /** Ubuntu since 23.10, kernel.apparmor_restrict_unprivileged_userns. */
  readonly apparmorRestricts: boolean;
  /** Debian and Arch, kernel.unprivileged_userns_clone = 0. */
  readonly cloneForbidden: boolean;
  /** user.max_user_namespaces = 0. */
  readonly noneAllowed: boolean;
}

/** The settings of this host; one that the kernel does not know forbids nothing. */
export function readSwitches(): Switches {
  const value = (path: string): string => readOrEmpty(`/proc/sys/${path}`).trim();
  return {
    apparmorRestricts: value('kernel/apparmor_restrict_unprivileged_userns') === '1',
    cloneForbidden: value('kernel/unprivileged_userns_clone') === '0',
    noneAllowed: value('user/max_user_namespaces') === '0',
  };
}

/** The first fix to try when a bottle could not be made. Pure. */
export function diagnose(words: string, switches: Switches): string {
  if (switches.noneAllowed) return 'sudo sysctl -w user.max_user_namespaces=15000';
  if (switches.cloneForbidden) return 'sudo sysctl -w kernel.unprivileged_userns_clone=1';
  if (switches.apparmorRestricts) {
    return (
      'sudo apt install apparmor-profiles && ' +
      'sudo cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && ' +
      'sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict'
    );
  }
  if (/overlay on \//.test(words)) return OVERLAY_FIX;
  if (/mount proc|mounting proc/i.test(words)) {
    return 'this host is a container that masks parts of /proc: start it with --security-opt systempaths=unconfined, or run on the host itself';
  }
  if (/namespace/i.test(words) && /not permitted|EPERM|No permissions/i.test(words)) {
    return 'this host forbids user namespaces, as containers do by default: run on the host itself, or allow them to the container';
  }
  return 'bot-bottle doctor shows what was tried; another runtime may work';
}

function readOrEmpty(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
