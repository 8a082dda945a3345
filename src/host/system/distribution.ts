import { existsSync, readFileSync } from 'node:fs';

/** The commands that install something on this host, by its distribution. */

export type PackageManager = 'apt' | 'dnf' | 'pacman' | 'zypper' | 'apk' | 'nixos' | 'nix' | 'brew';

/** Names of one package, by package manager; a manager without a name lacks the package. */
export type Packages = Readonly<Partial<Record<PackageManager, string>>>;

/** A package that has the same name in all Linux distributions. Pure. */
export const samePackage = (name: string): Packages => ({
  apt: name,
  dnf: name,
  pacman: name,
  zypper: name,
  apk: name,
  nix: name,
});

/**
 * Matched against ID and ID_LIKE of os-release(5); the first row whose manager has the package counts. On NixOS,
 * services are settings (https://wiki.nixos.org/wiki/Docker), and other packages come in a shell. A distribution in WSL
 * matches its own row.
 */
const DISTRIBUTIONS: readonly (readonly [RegExp, PackageManager, (name: string) => string])[] = [
  [/debian|ubuntu/, 'apt', (name) => `sudo apt install ${name}`],
  [/fedora|rhel|centos/, 'dnf', (name) => `sudo dnf install ${name}`],
  [/arch/, 'pacman', (name) => `sudo pacman -S ${name}`],
  [/suse/, 'zypper', (name) => `sudo zypper install ${name}`],
  [/alpine/, 'apk', (name) => `sudo apk add ${name}`],
  [
    /nixos/,
    'nixos',
    // Without quotes around it: a setting may contain quotes.
    (setting) => `add to /etc/nixos/configuration.nix: ${setting} and then: sudo nixos-rebuild switch`,
  ],
  [/nixos/, 'nix', (name) => `run bot-bottle in: nix-shell -p ${name}`],
  [/macos/, 'brew', (name) => `brew install ${name}`],
];

/** This file identifies macOS, which has no os-release. */
const MACOS_VERSION = '/System/Library/CoreServices/SystemVersion.plist';

/** The text of os-release(5); a substitute on macOS; empty if there is none. */
export function readOsRelease(): string {
  if (existsSync('/etc/os-release')) return readFileSync('/etc/os-release', 'utf8');
  return existsSync(MACOS_VERSION) ? 'ID=macos\n' : '';
}

/** PRETTY_NAME of os-release(5); empty if it is missing. Pure. */
export const prettyName = (osRelease: string): string =>
  /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease)?.[1] ?? '';

/** Whether the text of /proc/sys/kernel/osrelease belongs to WSL. Pure. */
export const isWsl = (kernelRelease: string): boolean => /microsoft/i.test(kernelRelease);

/** A missing program, with the packages that contain it. */
export interface Installable {
  readonly program: string;
  readonly packages: Packages;
}

/** The commands that install all of these, as few as possible: one if one manager has them all. Pure. */
export function installAll(wanted: readonly Installable[], osRelease: string): string {
  const commands: string[] = [];
  let rest = wanted;
  for (const [pattern, manager, command] of DISTRIBUTIONS) {
    const names = rest.flatMap(({ packages }) => packages[manager] ?? []);
    if (names.length === 0 || !pattern.test(idsOf(osRelease))) continue;
    commands.push(command([...new Set(names)].join(' ')));
    rest = rest.filter(({ packages }) => packages[manager] === undefined);
  }
  if (rest.length > 0) commands.push(`install ${inWords(rest.map(({ program }) => program))}`);
  return commands.join('; then: ');
}

/** Joins names with the verb for a sentence about them: "a is", "a, b and c are". Pure. */
export const isOrAre = (names: readonly string[]): string =>
  `${inWords(names)} ${names.length === 1 ? 'is' : 'are'}`;

const inWords = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const idsOf = (osRelease: string): string =>
  [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((match) => match[1]).join(' ');

/** The command that installs a package; undefined if this distribution does not have it. Pure. */
export function installPackage(names: Packages, osRelease: string): string | undefined {
  const ids = idsOf(osRelease);
  const [own] = DISTRIBUTIONS.flatMap(([pattern, manager, command]) => {
    const name = names[manager];
    return name !== undefined && pattern.test(ids) ? [command(name)] : [];
  });
  return own;
}
