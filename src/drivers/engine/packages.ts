import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { installPackage, isWsl, readOsRelease, samePackage } from '../../host/system/distribution.ts';

/** Commands that install or start an engine or a runtime on this host's distribution. */

const PACKAGES = {
  docker: {
    apt: 'docker.io',
    dnf: 'moby-engine',
    pacman: 'docker',
    zypper: 'docker',
    apk: 'docker',
    nixos: 'virtualisation.docker.enable = true;',
    brew: 'colima docker && colima start',
  },
  podman: {
    ...samePackage('podman'),
    nixos: 'virtualisation.podman.enable = true;',
    brew: 'podman && podman machine init --now',
  },
  runc: samePackage('runc'),
  crun: samePackage('crun'),
  runsc: { apt: 'runsc', nix: 'gvisor' },
  init: samePackage('catatonit'),
  nerdctl: { pacman: 'nerdctl', apk: 'nerdctl', nix: 'nerdctl' },
} as const;

/** Installation guides of programs that a distribution may not package. */
const ADDRESSES: Readonly<Record<string, string>> = {
  nerdctl:
    'install nerdctl 2.3.3 or newer, with containerd (nerdctl-full has both): https://github.com/containerd/nerdctl/releases',
  runsc: 'install runsc: https://gvisor.dev/docs/user_guide/install/',
  kata:
    'install Kata Containers 3.30 or newer, on a host with /dev/kvm: ' +
    'https://github.com/kata-containers/kata-containers/blob/main/docs/install/README.md',
};

/**
 * google/gvisor#10704. Debian 12 packages a version of 2022 and Debian 13 one of July 2024, so apt has an unsuitable
 * one for such kernels.
 */
const RUNSC_OF_NEW_KERNELS =
  'install runsc 20240807 or newer, as older ones (such as those of Debian 12 and 13) do not know kernels from 6.11 on: ' +
  'https://gvisor.dev/docs/user_guide/install/';

/**
 * The command that installs one of these, or where to get it. `osRelease`: the text of os-release(5); `kernelRelease`:
 * the output of `uname -r`.
 */
export function installCommand(
  program: keyof typeof PACKAGES | 'kata',
  osRelease = readOsRelease(),
  kernelRelease = release(),
): string {
  if (program === 'runsc' && isFrom611(kernelRelease)) {
    const byApt = installPackage({ apt: PACKAGES.runsc.apt }, osRelease);
    if (byApt !== undefined) return RUNSC_OF_NEW_KERNELS;
  }
  const names = program === 'kata' ? {} : PACKAGES[program];
  return installPackage(names, osRelease) ?? ADDRESSES[program] ?? `install ${program}`;
}

function isFrom611(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 11);
}

/** Signs of the program that starts services on a host. */
interface Init {
  readonly hasSystemd: boolean;
  readonly hasOpenRc: boolean;
  /** The text of /proc/sys/kernel/osrelease. */
  readonly kernelRelease: string;
}

function readInit(): Init {
  const path = '/proc/sys/kernel/osrelease';
  return {
    hasSystemd: existsSync('/run/systemd/system'), // sd_booted(3)
    hasOpenRc: existsSync('/run/openrc'),
    kernelRelease: existsSync(path) ? readFileSync(path, 'utf8') : '',
  };
}

/**
 * The command that starts a system service here. On WSL without systemd, uses Debian's way, whose scripts its
 * distributions keep.
 */
export function startService(unit: string, program: string, init = readInit()): string {
  if (init.hasSystemd) return `sudo systemctl start ${unit}`;
  if (init.hasOpenRc) return `sudo rc-service ${unit} start`;
  return isWsl(init.kernelRelease) ? `sudo service ${unit} start` : `start it as root: ${program} &`;
}
