import { hostVariable } from '../../host/env.ts';
import { at, list, parse, text } from '../attached/json.ts';
import { installCommand } from '../engine/packages.ts';
import type { Missing } from '../engine/missing.ts';
import { hostFault, readKataHost } from '../kata/host.ts';
import { shimProgram, shimSays } from '../kata/shim.ts';
import { ANYWAY_VARIABLE, isBefore, kataVersionIn, OLDEST_KATA, shimFault } from '../kata/version.ts';

/** The versions of nerdctl and Kata that bottles may run on, as far as they are visible before anything starts. */

/**
 * The first version without the holes of its containerd that its release notes name (CVE-2026-50195, -53488, -53489,
 * -53492, -47262). Versions before 2.1.3 also lack --no-healthcheck.
 */
const OLDEST_NERDCTL = '2.3.3';

/** The variable by which a user names Kata's runtime: kata-qemu and others are links to its shim. */
const RUNTIME_VARIABLE = 'BOT_BOTTLE_KATA_RUNTIME';
export const USUAL_RUNTIME = 'io.containerd.kata.v2';

/** The version in the output of `nerdctl --version`; undefined if it is another program. */
export const versionIn = (said: string): string | undefined =>
  /^nerdctl version v?(\d+\.\d+\.\d+[\w.+~-]*)/m.exec(said)?.[1];

/** The command that asks which containerd answers. Without one it fails, or omits the server. Pure. */
export const VERSION_CALL: readonly string[] = ['version', '--format', '{{json .}}'];

/** The version of containerd in the output of `VERSION_CALL`; undefined if none answered. */
export const containerdIn = (said: string): string | undefined =>
  list(at(parse(said), 'Server', 'Components'))
    .filter((component) => at(component, 'Name') === 'containerd')
    .map((component) => text(at(component, 'Version')))[0];

/** Why this version is unsuitable; undefined if it is suitable, or if the user insists. */
export function nerdctlFault(said: string, insists = isInsisted()): Missing | undefined {
  const version = versionIn(said);
  if (version === undefined)
    return unfit('the program `nerdctl` here does not say its version', installCommand('nerdctl'));
  if (insists || !isBefore(version, OLDEST_NERDCTL)) return undefined;
  return unfit(
    `nerdctl ${version} has known holes (CVE-2026-50195 and others), or runs what an image calls its health check as root`,
    `${installCommand('nerdctl')}; or ${ANYWAY_VARIABLE}=1, which leaves it to the launch checks`,
  );
}

export interface Kata {
  /** Its name in nerdctl and containerd. */
  readonly runtime: string;
  readonly shim: string;
  /** The version that its shim prints; undefined if it prints none. */
  readonly version: string | undefined;
}

/**
 * Kata's runtime and shim, or the reason why they cannot be used. Accepts only names like `io.containerd.NAME.vN`:
 * nerdctl treats any other as an OCI runtime for runc's shim if it finds a program of that name
 * (pkg/cmd/container/run_runtime.go).
 */
export async function suitedKata(): Promise<Kata | Missing> {
  const runtime = hostVariable(RUNTIME_VARIABLE) ?? USUAL_RUNTIME;
  const shim = shimProgram(runtime);
  if (shim === undefined)
    return unfit(
      `nerdctl knows a shim by a name like ${USUAL_RUNTIME}, and ${RUNTIME_VARIABLE} is ${runtime}`,
      `leave out ${RUNTIME_VARIABLE}, and have the shim in containerd's PATH`,
    );
  const said = await shimSays(shim);
  const anyway = isInsisted();
  const version = kataVersionIn(said);
  if (version === undefined && said === '' && !anyway)
    return { status: 'absent', reason: `${shim} is not installed`, fix: installCommand('kata') };
  const fault =
    shimFault({ said, shim, anyway }, (old) => `Kata ${old} is older than ${OLDEST_KATA}`) ??
    hostFault(readKataHost(undefined, said));
  return fault ?? { runtime, shim, version };
}

const isInsisted = (): boolean => hostVariable(ANYWAY_VARIABLE) === '1';

const unfit = (reason: string, fix: string): Missing => ({ status: 'installed', reason, fix });
