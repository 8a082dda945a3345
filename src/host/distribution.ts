import { existsSync, readFileSync } from 'node:fs';

/** What to type on this host to install something, by its distribution. */

export type PackageManager = 'apt' | 'dnf' | 'pacman' | 'zypper' | 'apk';

/** By the ID and ID_LIKE of os-release(5). */
const DISTRIBUTIONS: readonly (readonly [RegExp, PackageManager, string])[] = [
  [/debian|ubuntu/, 'apt', 'sudo apt install'],
  [/fedora|rhel|centos/, 'dnf', 'sudo dnf install'],
  [/arch/, 'pacman', 'sudo pacman -S'],
  [/suse/, 'zypper', 'sudo zypper install'],
  [/alpine/, 'apk', 'sudo apk add'],
];

/** The text of os-release(5); empty where there is none. */
export const readOsRelease = (): string =>
  existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';

/** What the system calls itself there: PRETTY_NAME; empty where it does not say. Pure. */
export const prettyName = (osRelease: string): string =>
  /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease)?.[1] ?? '';

/** The command that installs a package, by its name for each manager; undefined where this distribution has none. Pure. */
export function installPackage(
  names: Readonly<Partial<Record<PackageManager, string>>>,
  osRelease: string,
): string | undefined {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((match) => match[1]).join(' ');
  const [, manager, command] = DISTRIBUTIONS.find(([pattern]) => pattern.test(ids)) ?? [];
  const name = manager === undefined ? undefined : names[manager];
  return name === undefined ? undefined : `${command} ${name}`;
}
