import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** What bubblewrap's bottles are made from: the host's own /usr, named by what says which packages are in it. */

/** The package databases of Debian, Fedora, Arch, Alpine: each is written whenever a package comes, changes or goes. */
const PACKAGE_DATABASES = [
  '/var/lib/dpkg/status',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/var/lib/rpm/rpmdb.sqlite',
  '/var/lib/pacman/local',
  '/lib/apk/db/installed',
];

/**
 * A name for the state of /usr: changes with every package, and with the distribution's release. It is no digest of
 * /usr itself, which takes minutes, and says nothing about files that no package brought.
 */
export function hostImageName(): string {
  const hash = createHash('sha256');
  if (existsSync('/etc/os-release')) hash.update(readFileSync('/etc/os-release'));
  for (const path of [...PACKAGE_DATABASES, '/usr', '/usr/bin', '/usr/local/bin']) {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (found !== undefined) hash.update(`${path}\0${found.ino}\0${found.size}\0${found.mtimeNs}\0`);
  }
  return `host-usr:sha256:${hash.digest('hex')}`;
}
