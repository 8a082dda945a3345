import { existsSync } from 'node:fs';
import { installPackage, readOsRelease } from '../../host/distribution.ts';

/** What to type on this host to have an engine or a runtime, in the words of its distribution. */

const PACKAGES = {
  docker: { apt: 'docker.io', dnf: 'moby-engine', pacman: 'docker', zypper: 'docker' },
  podman: { apt: 'podman', dnf: 'podman', pacman: 'podman', zypper: 'podman' },
  runc: { apt: 'runc', dnf: 'runc', pacman: 'runc', zypper: 'runc' },
  crun: { apt: 'crun', dnf: 'crun', pacman: 'crun', zypper: 'crun' },
  runsc: { apt: 'runsc' },
  init: { apt: 'catatonit', dnf: 'catatonit', pacman: 'catatonit', zypper: 'catatonit' },
} as const;

/** Where those are had that a distribution does not package: their own installation guides. */
const ADDRESSES: Readonly<Record<string, string>> = {
  runsc: 'install runsc: https://gvisor.dev/docs/user_guide/install/',
  kata:
    'install Kata Containers 3.30 or newer, on a host with /dev/kvm: ' +
    'https://github.com/kata-containers/kata-containers/blob/main/docs/install/README.md',
};

/** The command that installs one of these, or where to get it; `osRelease` is the text of os-release(5). */
export function installCommand(program: keyof typeof PACKAGES | 'kata', osRelease = readOsRelease()): string {
  const names = program === 'kata' ? {} : PACKAGES[program];
  return installPackage(names, osRelease) ?? ADDRESSES[program] ?? `install ${program}`;
}

/** How a system service is started here. */
export function startService(unit: string, program: string): string {
  return existsSync('/run/systemd/system')
    ? `sudo systemctl start ${unit}`
    : `start it as root: ${program} &`;
}
