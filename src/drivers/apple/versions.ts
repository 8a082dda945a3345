import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { RESTART_SERVICE } from './failures.ts';

/**
 * The versions of Apple's `container`, and of macOS, that bottles may run on. Pure, except for one environment
 * variable.
 */

/**
 * The first version in which `--network none` and sockets by `-v` work: release notes of 1.1.0; provos/ironcurtain#371
 * measured both.
 */
const FIRST_WITH_SOCKETS = '1.1.0';
/** The first version without a known advisory. */
const FIRST_SAFE = '1.4.1';
/** The first macOS with a separate network for a container: README.md of apple/container. */
const FIRST_MACOS = 26;

/** `yes` allows versions with known holes. */
const INSIST_VARIABLE = 'BOT_BOTTLE_APPLE_OLD';

interface Advisory {
  readonly id: string;
  readonly fixedIn: string;
  readonly what: string;
}

/**
 * Source: release notes of apple/container 1.3.1 and 1.4.1 (there was no release 1.4.0); all are in
 * apple/containerization.
 */
const ADVISORIES: readonly Advisory[] = [
  { id: 'GHSA-x7pf-2jmj-pgcq', fixedIn: '1.3.1', what: 'an id leads to files outside of its folder' },
  { id: 'GHSA-f689-h8m7-3jp2', fixedIn: '1.3.1', what: 'a digest leads out of the store of images' },
  { id: 'GHSA-r3h2-rgqf-9hv9', fixedIn: '1.3.1', what: 'an image that is loaded reads files of the host' },
  {
    id: 'CVE-2026-65388 (GHSA-mx96-5vvg-x2mg)',
    fixedIn: '1.3.1',
    what: 'a registry has credentials sent elsewhere',
  },
  { id: 'GHSA-697p-8837-37h3', fixedIn: '1.3.1', what: 'a long file name in an image ends who unpacks it' },
  {
    id: 'GHSA-g3rx-2m58-rr63',
    fixedIn: '1.3.1',
    what: 'an extended attribute in an image ends who unpacks it',
  },
  { id: 'GHSA-4587-w9mm-xxvh', fixedIn: '1.4.1', what: 'an image that is loaded leads to files elsewhere' },
  {
    id: 'GHSA-rgqp-277h-gcwj',
    fixedIn: '1.4.1',
    what: 'a long path of a socket is written beyond its place in memory',
  },
];

/**
 * The version in the output of `container --version`, one line: `container CLI version 1.4.1 (build: release, commit:
 * ...)`.
 */
export const versionIn = (said: string): string | undefined =>
  /^container CLI version (\d+\.\d+\.\d+)/m.exec(said)?.[1];

/** Whether one release number is lower than another. */
export function isBefore(version: string, other: string): boolean {
  const [one, two] = [version, other].map((text) => text.split('.').map(Number));
  for (let place = 0; place < 3; place++) {
    const difference = (one?.[place] ?? 0) - (two?.[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Why no bottle runs on this version; `fix` is the command to type. */
export interface VersionProblem {
  readonly reason: string;
  readonly fix: string;
}

/** The problem of a version; undefined if it has none, or if the user insists on it. */
export function versionProblem(version: string, insists = userInsists()): VersionProblem | undefined {
  if (isBefore(version, FIRST_WITH_SOCKETS)) {
    return {
      reason: `version ${version} cannot close a bottle: --network none and sockets by -v work from ${FIRST_WITH_SOCKETS} on, and an internal network still leads to this Mac (apple/container#1320) and may lead out (#2062)`,
      fix: UPGRADE,
    };
  }
  const open = ADVISORIES.filter(({ fixedIn }) => isBefore(version, fixedIn));
  if (open.length === 0 || insists) return undefined;
  return {
    reason: `version ${version} has known holes: ${open.map(({ id }) => id).join(', ')}`,
    fix: `${UPGRADE}; or, to take it all the same, ${INSIST_VARIABLE}=yes`,
  };
}

const UPGRADE = `install container ${FIRST_SAFE} or newer: brew upgrade container, or the signed package of https://github.com/apple/container/releases`;
export const INSTALL =
  'brew install container, or the signed package of https://github.com/apple/container/releases; then: container system start --enable-kernel-install';

const userInsists = (): boolean => hostVariable(INSIST_VARIABLE) === 'yes';

/** The problem of a macOS version, from `sw_vers -productVersion`; undefined if it has none. */
export function macosProblem(productVersion: string): string | undefined {
  const major = Number.parseInt(productVersion, 10);
  if (major >= FIRST_MACOS) return undefined;
  const said = productVersion.trim() || 'of an unknown version';
  return `this macOS is ${said}, and Apple's container keeps machines apart on macOS ${FIRST_MACOS} and newer only`;
}

/** The version in a rung's evidence, for a plan; without a check, the first safe one. */
export const plannedVersion = (evidence: Readonly<Record<string, string>>): string =>
  evidence['container'] ?? FIRST_SAFE;

/**
 * The problem of the running service, which may be older than the program; undefined if it has none, or if the user
 * insists on it.
 */
export function serviceProblem(version: string | undefined, insists = userInsists()): string | undefined {
  if (version === undefined) return 'its service does not say its version';
  const problem = versionProblem(version, insists);
  return problem === undefined ? undefined : `its service is still an older one: ${problem.reason}`;
}

/**
 * Checks the current output of `container --version`, and the service's version: either may have changed since the
 * check.
 * @throws BottleError `rungUnavailable` if bottles may not run on it
 */
export function expectVersions(said: string, service: string | undefined): void {
  const version = versionIn(said);
  const problem =
    version === undefined ? { reason: 'it does not say its version', fix: UPGRADE } : versionProblem(version);
  const ofService = serviceProblem(service);
  const found =
    problem ?? (ofService === undefined ? undefined : { reason: ofService, fix: RESTART_SERVICE });
  if (found !== undefined)
    throw new BottleError('rungUnavailable', `Apple's container: ${found.reason}`, { fix: found.fix });
}
