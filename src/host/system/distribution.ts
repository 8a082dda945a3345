import { existsSync, readFileSync } from 'node:fs';

/** What to type on this host to install something, by its distribution. */

export type PackageManager = 'apt' | 'dnf' | 'pacman' | 'zypper' | 'apk' | 'nixos' | 'nix' | 'brew';

/** Names of one package, by its manager; one that is left out has none. */
export type Packages = Readonly<Partial<Record<PackageManager, string>>>;

/** One that Linux's distributions all call the same. Pure. */
export const samePackage = (name: string): Packages => ({
  apt: name,
  dnf: name,
  pacman: name,
  zypper: name,
  apk: name,
  nix: name,
});

/**
 * By the ID and ID_LIKE of os-release(5); the first with a name for what is wanted. NixOS has settings for what is a service
 * (https://wiki.nixos.org/wiki/Docker), and a shell with the package for the rest. WSL's distributions are their own.
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
    // Without quotes around it: a setting may have some of its own.
    (setting) => `add to /etc/nixos/configuration.nix: ${setting} and then: sudo nixos-rebuild switch`,
  ],
  [/nixos/, 'nix', (name) => `run bot-bottle in: nix-shell -p ${name}`],
  [/macos/, 'brew', (name) => `brew install ${name}`],
];

/** macOS has no os-release, but says what it is in this file. */
const MACOS_VERSION = '/System/Library/CoreServices/SystemVersion.plist';

/** The text of os-release(5), one of our own on macOS; empty where there is none. */
export function readOsRelease(): string {
  if (existsSync('/etc/os-release')) return readFileSync('/etc/os-release', 'utf8');
  return existsSync(MACOS_VERSION) ? 'ID=macos\n' : '';
}

/** PRETTY_NAME of os-release(5); empty if it is missing. Pure. */
export const prettyName = (osRelease: string): string =>
  /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease)?.[1] ?? '';

/** Whether this is a distribution of WSL, by the text of /proc/sys/kernel/osrelease. Pure. */
export const isWsl = (kernelRelease: string): boolean => /microsoft/i.test(kernelRelease);

/** A program that somebody lacks, with the packages that have it. */
export interface Installable {
  readonly program: string;
  readonly packages: Packages;
}

/** What to type to have all of these, in as few commands as this distribution needs: one where one manager has them all. Pure. */
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

/** The beginning of a sentence about them: "a is", "a, b and c are". Pure. */
export const isOrAre = (names: readonly string[]): string =>
  `${inWords(names)} ${names.length === 1 ? 'is' : 'are'}`;

const inWords = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const idsOf = (osRelease: string): string =>
  [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((match) => match[1]).join(' ');

/** The command that installs a package, by its name for each manager; undefined where this distribution has none. Pure. */
export function installPackage(names: Packages, osRelease: string): string | undefined {
  const ids = idsOf(osRelease);
  const [own] = DISTRIBUTIONS.flatMap(([pattern, manager, command]) => {
    const name = names[manager];
    return name !== undefined && pattern.test(ids) ? [command(name)] : [];
  });
  return own;
}
