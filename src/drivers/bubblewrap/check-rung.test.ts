import { expect, test } from 'vitest';
import { diagnose, installCommand, isOlder } from './check-rung.ts';

test.each([
  ['0.6.1', true],
  ['0.7.0', true],
  ['0.8.0', false],
  ['0.12.0', false],
  ['1.0.0', false],
])('bubblewrap %s is too old: %s', (version, old) => {
  expect(isOlder(version)).toBe(old);
});

const fine = { apparmorRestricts: false, cloneForbidden: false, noneAllowed: false };

test.each([
  ['ID=debian\n', 'sudo apt install bubblewrap'],
  ['ID=ubuntu\nID_LIKE=debian\n', 'sudo apt install bubblewrap'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install bubblewrap'],
  ['ID=arch\n', 'sudo pacman -S bubblewrap'],
  ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'sudo zypper install bubblewrap'],
  ['ID=alpine\n', 'sudo apk add bubblewrap'],
  ['ID=nixos\n', 'run bot-bottle in: nix-shell -p bubblewrap'],
  ['ID=unheard\n', 'install bwrap'],
])('the error %j of bubblewrap means %s', (osRelease, command) => {
  expect(installCommand(['bwrap'], osRelease)).toBe(command);
});

test.each([
  [{ ...fine, noneAllowed: true }, /max_user_namespaces/],
  [{ ...fine, cloneForbidden: true }, /unprivileged_userns_clone=1/],
  [{ ...fine, apparmorRestricts: true }, /bwrap-userns-restrict/],
])('the error %j of bubblewrap is mended by %s', (switches, fix) => {
  expect(diagnose('bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted', switches)).toMatch(fix);
});

test.each([
  ["bwrap: Can't mount proc on /newroot/proc: Operation not permitted", /masks parts of \/proc/],
  ['bwrap: No permissions to create a new namespace', /forbids user namespaces/],
  ['overlay on /usr/bin: No such device', /modprobe overlay/],
  ['something else', /doctor/],
])('the namespace check: %s', (words, fix) => {
  expect(diagnose(words, fine)).toMatch(fix);
});
