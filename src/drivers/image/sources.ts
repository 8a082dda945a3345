import { BottleError } from '../../errors.ts';
import { readTextIfThere } from '../../host/files.ts';
import { runOrThrow } from '../../host/run.ts';

/**
 * Reads the distribution's own package sources from the host's apt configuration: includes a company's mirror, excludes
 * third-party and unsigned sources. apt parses its configuration; see apt-get(8) `indextargets`.
 */

export interface AptEntry {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly origin: string;
  /** The keyring's path; empty if the entry names none. */
  readonly signedBy: string;
}

export interface OsRelease {
  readonly id: string;
  readonly codename: string;
}

export interface PackageSource {
  readonly suite: string;
  /** deb822 text, for sources.list.d(5). */
  readonly deb822: string;
}

/**
 * The signers of a distribution: the keyring that its archive-keyring package installs, and the Origin of its Release
 * file.
 */
const DISTRIBUTIONS: Readonly<Record<string, { keyring: RegExp; origin: string }>> = {
  debian: { keyring: /^\/usr\/share\/keyrings\/debian-archive-[a-z-]+\.(gpg|pgp|asc)$/, origin: 'Debian' },
  ubuntu: { keyring: /^\/usr\/share\/keyrings\/ubuntu-archive-[a-z-]+\.(gpg|pgp|asc)$/, origin: 'Ubuntu' },
};

const FIELDS = ['REPO_URI', 'RELEASE', 'COMPONENT', 'ORIGIN', 'SIGNED_BY'] as const;
const FORMAT = FIELDS.map((field) => `$(${field})`).join('\t');

/**
 * Parses the output of `apt-get indextargets` in `FORMAT`. apt leaves a field that it does not know as `$(NAME)`; it
 * becomes empty.
 */
export function parseIndexTargets(output: string): AptEntry[] {
  const lines = output.split('\n').filter(Boolean);
  return lines.map((line) => {
    const [uri, suite, component, origin, signedBy] = line
      .split('\t')
      .map((value) => (value.startsWith('$(') ? '' : value));
    return {
      uri: uri ?? '',
      suite: suite ?? '',
      component: component ?? '',
      origin: origin ?? '',
      signedBy: signedBy ?? '',
    };
  });
}

/** Selects the official entries of the host's own release; undefined if there are none. */
export function officialSource(entries: readonly AptEntry[], os: OsRelease): PackageSource | undefined {
  const distribution = DISTRIBUTIONS[os.id];
  if (distribution === undefined) return undefined;
  const official = entries.filter((entry) =>
    entry.signedBy === '' ? entry.origin === distribution.origin : distribution.keyring.test(entry.signedBy),
  );
  const suite = official.some((entry) => entry.suite === os.codename) ? os.codename : official[0]?.suite;
  if (suite === undefined) return undefined;
  const release = official.filter(({ suite: of }) => of === suite || of.startsWith(`${suite}-`));
  return { suite, deb822: [...new Set(release.map(stanza))].join('\n') };
}

function stanza(entry: AptEntry): string {
  const lines = [
    'Types: deb',
    `URIs: ${entry.uri}`,
    `Suites: ${entry.suite}`,
    `Components: ${entry.component}`,
  ];
  if (entry.signedBy !== '') lines.push(`Signed-By: ${entry.signedBy}`);
  return `${lines.join('\n')}\n`;
}

/** apt's settings for reaching a mirror: proxy, certificates, and the administrator's choice about stale mirrors. */
const PASSED_SETTINGS = /^Acquire::(https?(::|\s)|Retries|ForceIPv[46]|Check-Valid-Until|Check-Date)/;

/** The lines of `apt-config dump` that another apt needs to reach the same mirror, in apt.conf(5) syntax. */
export function aptSettings(dump: string): string {
  return dump
    .split('\n')
    .filter((line) => PASSED_SETTINGS.test(line) && !line.endsWith(' "";'))
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * The fields of os-release(5) that name the distribution. A derivative without its own sources matches no supported
 * one.
 */
export function parseOsRelease(text: string): OsRelease {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), codename: field('VERSION_CODENAME') };
}

/**
 * Reads the host's official package source and apt's settings to reach it.
 * @throws BottleError `dependencyMissing` if the host has none
 */
export async function readHostSource(): Promise<PackageSource & { readonly settings: string }> {
  const os = parseOsRelease((await readTextIfThere('/etc/os-release')) ?? '');
  const targets = await runOrThrow('apt-get', ['indextargets', '--format', FORMAT, 'Created-By: Packages']);
  const source = officialSource(parseIndexTargets(targets), os);
  if (source === undefined) {
    throw new BottleError(
      'dependencyMissing',
      `apt has no signed source of ${os.id || 'this system'} itself`,
      {
        details: [
          'The default image is made of packages that the distribution signed; third-party sources are not used.',
        ],
        fix: 'enable the distribution’s own source (sources.list(5)), then: sudo apt-get update',
      },
    );
  }
  const dump = await runOrThrow('apt-config', ['dump', '--format', '%F "%v";%n', 'Acquire']);
  return { ...source, settings: aptSettings(dump) };
}
