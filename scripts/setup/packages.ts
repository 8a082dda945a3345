import { existsSync } from 'node:fs';
import { isRoot } from '../../src/host/user.ts';
import { run } from '../../src/host/run.ts';
import { mustRun, say } from './command.ts';

/** The Debian packages that `npm test` needs, with their purpose. */
const TEST_PACKAGES: Readonly<Record<string, string>> = {
  bubblewrap: 'the rung without an engine',
  'docker.io': 'Docker',
  'docker-cli': 'its command line',
  podman: 'Podman',
  runc: 'a runtime of both engines',
  crun: 'a runtime of both engines',
  runsc: 'gVisor',
  tini: "Docker's first process in a container",
  catatonit: "Podman's first process in a container",
  mmdebstrap: 'the default image where no image registry can be reached',
  uidmap: 'subordinate ids, for rootless work',
  passt: 'networks of rootless Podman',
  'fuse-overlayfs': 'images of rootless Podman',
  nftables: 'the drop of the bridge form',
  iptables: "Docker's own networks",
  iproute2: 'namespaces and addresses made by tests and verify',
  procps: 'processes looked at by tests',
  tcpdump: 'a capture that proves what does not leave',
  openssl: 'certificates made by tests',
  git: 'workspaces',
  'openssh-client': 'SSH with keys that stay outside',
  'dropbear-bin': 'SSH servers made by tests; openssh-server would stay and listen',
  'dbus-daemon': 'a desktop session, for its keyring',
  'gnome-keyring': 'a desktop’s keyring, for secrets that are in one',
  'libsecret-tools': 'what reads that keyring',
  'qemu-system-x86': 'virtual machines',
  'busybox-static': 'what a virtual machine starts with',
  'erofs-utils': 'disks of virtual machines',
  lz4: 'kernels of virtual machines, where Debian 12 packs them',
  wget: 'a client whose trust is tested, as are those of the next three',
  'python3-requests': 'the same',
  'golang-go': 'the same, in programs made by tests',
  'default-jre-headless': 'the same',
  ruby: 'a package client whose preset is tested, as are those of the next three',
  'ruby-bundler': 'the same',
  maven: 'the same',
  'python3-pip': 'the same',
  curl: 'requests made by tests',
  squid: 'a company proxy, in a network made by tests',
  tinyproxy: 'the same',
  less: 'a full-screen program for the tests of terminals',
  chromium: 'a browser that the page of verify is looked at with, without a window',
};

/** The additional packages of `npm run test:full`. */
const FULL_PACKAGES: Readonly<Record<string, string>> = {
  cargo: 'a package client whose preset is tested, as are those of the next three',
  composer: 'the same',
  elixir: 'the same, with the next',
  'erlang-hex': 'the package client of Elixir',
  gradle: 'the same',
  'php-curl': 'an extension that Composer needs, as it does the next',
  'php-mbstring': 'the same',
};

export type Tier = 'everyday' | 'full';

/** Returns the names of the packages that the tests of a tier need. Pure. */
export const packagesOf = (tier: Tier): string[] =>
  Object.keys(tier === 'full' ? { ...TEST_PACKAGES, ...FULL_PACKAGES } : TEST_PACKAGES);

/** Services that would keep running and listen: tests start their own in separate network namespaces. */
const NO_SERVICES = ['squid', 'tinyproxy'];

/**
 * Installs the missing packages with apt, and announces it first. @throws Error with manual instructions if it cannot
 */
export async function ensurePackages(tier: Tier): Promise<void> {
  const missing = await missingPackages(tier);
  if (missing === undefined) throw new Error(byHand(tier));
  if (missing.length === 0) return;
  say(`installing ${missing.length} packages with apt: ${missing.join(' ')}`);
  const asRoot = isRoot() ? [] : ['sudo'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = [
    ...asRoot,
    'apt-get',
    'install',
    '--quiet=2',
    '--yes',
    '--no-install-recommends',
    ...missing,
  ];
  await mustRun([...asRoot, 'apt-get', 'update', '--quiet=2'], env);
  await mustRun(install, env);
  const services = NO_SERVICES.filter((name) => missing.includes(name));
  if (services.length === 0 || !existsSync('/run/systemd/system')) return;
  say(`stopping what came as a service: ${services.join(' ')}`);
  await mustRun([...asRoot, 'systemctl', 'disable', '--now', '--quiet', ...services]);
}

const byHand = (tier: Tier): string =>
  `this set-up knows Debian and Ubuntu only. Install by hand, then use --no-setup: ${packagesOf(tier).join(' ')}`;

/** Returns the packages of a tier that dpkg does not list as installed; undefined on a system without dpkg. */
export async function missingPackages(tier: Tier): Promise<string[] | undefined> {
  const names = packagesOf(tier);
  const { stdout, notFound } = await run('dpkg-query', [
    '--show',
    '--showformat=${Package} ${db:Status-Status}\n',
    ...names,
  ]);
  if (notFound) return undefined;
  const installed = new Set(
    stdout.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  );
  return names.filter((name) => !installed.has(name));
}
