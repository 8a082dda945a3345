import { expect, test } from 'vitest';
import { installCommand } from './packages.ts';

test.each([
  ['debian', 'sudo apt install busybox-static', 'sudo apt install dropbear-bin'],
  ['fedora', 'sudo dnf install busybox', 'sudo dnf install dropbear'],
  ['alpine', 'sudo apk add busybox-static', 'sudo apk add dropbear-convert'],
  ['opensuse', 'sudo zypper install busybox-static', 'sudo zypper install dropbear'],
  ['arch', 'sudo pacman -S busybox', 'sudo pacman -S dropbear'],
  ['plan9', 'install busybox', 'install dropbearconvert'],
])('%s: a package with another name there is installed by that name', (id, busybox, convert) => {
  expect(installCommand(['busybox'], `ID=${id}\n`)).toBe(busybox);
  expect(installCommand(['dropbearconvert'], `ID=${id}\n`)).toBe(convert);
});

test('packages of several programs are installed by one command, each once', () => {
  const programs = ['mke2fs', 'busybox', 'debugfs', 'dropbear', 'dropbearconvert'] as const;
  expect(installCommand(programs, 'ID=debian\n')).toBe(
    'sudo apt install e2fsprogs busybox-static dropbear-bin',
  );
});
