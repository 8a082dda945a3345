import { describe, expect, it, test } from 'vitest';
import { installAll, installPackage, isWsl, prettyName } from './distribution.ts';

const NAMES = {
  apt: 'a',
  dnf: 'd',
  pacman: 'p',
  zypper: 'z',
  apk: 'k',
  nixos: 'services.x.enable = true;',
  nix: 'n',
  brew: 'b',
} as const;

/** The first lines of os-release(5) in each distribution. */
test.each([
  ['PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n', 'sudo apt install a'],
  ['PRETTY_NAME="Ubuntu 24.04.4 LTS"\nID=ubuntu\nID_LIKE=debian\n', 'sudo apt install a'],
  ['ID=fedora\n', 'sudo dnf install d'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install d'],
  ['ID=arch\n', 'sudo pacman -S p'],
  ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'sudo zypper install z'],
  ['ID=alpine\n', 'sudo apk add k'],
  ['ID=macos\n', 'brew install b'],
  [
    'ID=nixos\n',
    'add to /etc/nixos/configuration.nix: services.x.enable = true; and then: sudo nixos-rebuild switch',
  ],
  ['ID=unheard\n', undefined],
  ['', undefined],
])('the distribution of %j is %s', (osRelease, command) => {
  expect(installPackage(NAMES, osRelease)).toBe(command);
});

test.each([
  ['ID=debian\n', 'sudo apt install x-apt y-apt'],
  [
    'ID=nixos\n',
    'add to /etc/nixos/configuration.nix: y = true; and then: sudo nixos-rebuild switch; then: run bot-bottle in: nix-shell -p x-nix; then: install z',
  ],
  ['ID=unheard\n', 'install x, also-x, y and z'],
])('%j: one command installs all missing packages', (osRelease, command) => {
  const wanted = [
    { program: 'x', packages: { apt: 'x-apt', nix: 'x-nix' } },
    { program: 'also-x', packages: { apt: 'x-apt', nix: 'x-nix' } },
    { program: 'y', packages: { apt: 'y-apt', nixos: 'y = true;' } },
    { program: 'z', packages: osRelease === 'ID=debian\n' ? { apt: 'x-apt' } : {} },
  ];
  expect(installAll(wanted, osRelease)).toBe(command);
});

test('NixOS gets a shell for programs that are no service', () => {
  expect(installPackage({ nix: 'crun' }, 'ID=nixos\n')).toBe('run bot-bottle in: nix-shell -p crun');
});

test('a distribution without a package name gets no command', () => {
  expect(installPackage({ apt: 'a', brew: 'b' }, 'ID=fedora\n')).toBeUndefined();
});

test('a name with a blank or without quotes is read', () => {
  expect(prettyName('NAME="NixOS"\nPRETTY_NAME="NixOS 25.05 (Warbler)"\n')).toBe('NixOS 25.05 (Warbler)');
  expect(prettyName('PRETTY_NAME=Alpine\n')).toBe('Alpine');
  expect(prettyName('ID=macos\n')).toBe('');
});

describe('isWsl', () => {
  it.each([
    ['5.15.167.4-microsoft-standard-WSL2\n', true],
    ['4.4.0-19041-Microsoft\n', true],
    ['6.12.0-amd64\n', false],
    ['6.4.16-linuxkit\n', false],
    ['', false],
  ])('isWsl of %j is %s', (kernel, expected) => {
    expect(isWsl(kernel)).toBe(expected);
  });
});
