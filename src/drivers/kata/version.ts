import { installCommand } from '../engine/packages.ts';
import type { Missing } from '../engine/missing.ts';

/**
 * Checks that Docker and Kata fit together. Since 26, Docker sets up a container's network between its creation and its
 * start (moby#47626), and Kata's machines started without an interface (kata-containers#9340) up to 3.28 in Go and 3.29
 * in Rust: docs/how-to/how-to-use-kata-with-docker.md. Pure.
 */

/** The variable by which a user insists on a Kata whose version cannot be read, or is older. */
export const ANYWAY_VARIABLE = 'BOT_BOTTLE_KATA_ANY_VERSION';

/** The oldest release in which both runtimes of Kata get a network from Docker. */
export const OLDEST_KATA = '3.30.0';
const OLDEST_DOCKER = 26;

/** The version in a Kata shim's output of `--version`, as `X.Y.Z` with a suffix if any; undefined if there is none. */
export const kataVersionIn = (said: string): string | undefined =>
  /^Kata Containers containerd shim\b.*\bversion: (\d+\.\d+\.\d+[\w.+~-]*)/m.exec(said)?.[1];

export interface Versions {
  /** The shim's output. */
  readonly said: string;
  readonly shim: string;
  readonly docker: string;
  /** The user insists. */
  readonly anyway: boolean;
}

const unfit = (reason: string, fix: string): Missing => ({ status: 'installed', reason, fix });
const INSIST = `or ${ANYWAY_VARIABLE}=1, which leaves it to the launch checks`;

/** Why these two versions do not fit together, and the fix; undefined if they do, or if the user insists. */
export function versionFault({ docker, ...kata }: Versions): Missing | undefined {
  if (kata.anyway) return undefined;
  if (!(Number.parseInt(docker, 10) >= OLDEST_DOCKER)) {
    return unfit(
      /^\d/.test(docker)
        ? `Docker ${docker} is older than ${OLDEST_DOCKER}`
        : `which Docker this is cannot be read: ${docker || 'it says no version'}`,
      `Docker ${OLDEST_DOCKER} or newer, ${INSIST}`,
    );
  }
  return shimFault(
    kata,
    (version) =>
      `Kata ${version} may start without a network under Docker ${docker}: the oldest release in which neither of its runtimes does is ${OLDEST_KATA} (kata-containers#9340)`,
  );
}

/**
 * Why this shim is unsuitable, by its own output; `tooOld` makes the reason for an old version. Undefined if it is
 * suitable, or if the user insists.
 */
export function shimFault(
  { said, shim, anyway }: Omit<Versions, 'docker'>,
  tooOld: (version: string) => string,
): Missing | undefined {
  if (anyway) return undefined;
  const version = kataVersionIn(said);
  if (version === undefined) {
    return unfit(
      `the version of Kata cannot be read: ${shim} --version`,
      `see what it says: ${shim} --version; ${INSIST}`,
    );
  }
  if (!isBefore(version, OLDEST_KATA)) return undefined;
  return unfit(tooOld(version), `${installCommand('kata')}; ${INSIST}`);
}

/** Whether `version` is older than `floor`. A pre-release is older than its release. */
export function isBefore(version: string, floor: string): boolean {
  const [numbers = '', ...rest] = version.split(/(?<=^\d+\.\d+\.\d+)/);
  const [a, b] = [numbers, floor].map((text) => text.split('.').map(Number));
  const at = (a ?? []).findIndex((number, index) => number !== b?.[index]);
  return at < 0 ? /^[-~]|^rc/.test(rest.join('')) : (a?.[at] ?? 0) < (b?.[at] ?? 0);
}
