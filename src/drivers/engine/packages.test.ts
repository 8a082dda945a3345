import { expect, test } from 'vitest';
import { installCommand, startService } from './packages.ts';

test.each([
  ['runc', 'ID=debian', 'sudo apt install runc'],
  ['runsc', 'ID=ubuntu\nID_LIKE=debian', 'sudo apt install runsc'],
  ['runsc', 'ID=fedora', 'install runsc: https://gvisor.dev/docs/user_guide/install/'],
  ['runsc', 'ID=arch', 'install runsc: https://gvisor.dev/docs/user_guide/install/'],
  [
    'runsc',
    'ID="opensuse-leap"\nID_LIKE="suse opensuse"',
    'install runsc: https://gvisor.dev/docs/user_guide/install/',
  ],
  ['crun', 'ID=fedora', 'sudo dnf install crun'],
  ['docker', 'ID=alpine', 'sudo apk add docker'],
  ['podman', 'ID=alpine', 'sudo apk add podman'],
  ['init', 'ID=alpine', 'sudo apk add catatonit'],
  ['runsc', 'ID=alpine', 'install runsc: https://gvisor.dev/docs/user_guide/install/'],
  [
    'docker',
    'ID=nixos',
    'add to /etc/nixos/configuration.nix: virtualisation.docker.enable = true; and then: sudo nixos-rebuild switch',
  ],
  [
    'podman',
    'ID=nixos',
    'add to /etc/nixos/configuration.nix: virtualisation.podman.enable = true; and then: sudo nixos-rebuild switch',
  ],
  ['crun', 'ID=nixos', 'run bot-bottle in: nix-shell -p crun'],
  ['runsc', 'ID=nixos', 'run bot-bottle in: nix-shell -p gvisor'],
  ['nerdctl', 'ID=arch', 'sudo pacman -S nerdctl'],
  ['nerdctl', 'ID=alpine', 'sudo apk add nerdctl'],
  ['nerdctl', 'ID=nixos', 'run bot-bottle in: nix-shell -p nerdctl'],
  [
    'nerdctl',
    'ID=debian',
    'install nerdctl 2.3.3 or newer, with containerd (nerdctl-full has both): https://github.com/containerd/nerdctl/releases',
  ],
  ['docker', 'ID=macos', 'brew install colima docker && colima start'],
  ['podman', 'ID=macos', 'brew install podman && podman machine init --now'],
] as const)('the packages of %s on %s', (program, osRelease, command) => {
  expect(installCommand(program, osRelease, '6.8.0-1')).toBe(command);
});

const NOTHING = { hasSystemd: false, hasOpenRc: false, kernelRelease: '6.12.0-amd64\n' };
const WSL = { ...NOTHING, kernelRelease: '6.6.87.2-microsoft-standard-WSL2\n' };

test.each([
  [{ ...NOTHING, hasSystemd: true }, 'sudo systemctl start docker'],
  [{ ...WSL, hasSystemd: true }, 'sudo systemctl start docker'],
  [{ ...NOTHING, hasOpenRc: true }, 'sudo rc-service docker start'],
  [WSL, 'sudo service docker start'],
  [NOTHING, 'start it as root: dockerd &'],
])('with %j, a service is started by: %s', (init, command) => {
  expect(startService('docker', 'dockerd', init)).toBe(command);
});

test.each(['ID=debian', 'ID=ubuntu\nID_LIKE=debian'])(
  'on kernels from 6.11 on, the runsc release is named where apt has an older one: %j',
  (osRelease) => {
    for (const kernelRelease of ['6.11.0-rc1', '6.18.44-cloud', '7.0.1'])
      expect(installCommand('runsc', osRelease, kernelRelease)).toMatch(
        /^install runsc 20240807 or newer.*https:\/\/gvisor\.dev\/docs\/user_guide\/install\/$/,
      );
    expect(installCommand('runsc', osRelease, '6.1.0-50-amd64')).toBe('sudo apt install runsc');
  },
);

test('on kernels from 6.11 on, other distributions and other programs are installed as before', () => {
  expect(installCommand('runsc', 'ID=nixos', '6.12.0')).toBe('run bot-bottle in: nix-shell -p gvisor');
  expect(installCommand('crun', 'ID=debian', '6.12.0')).toBe('sudo apt install crun');
});
