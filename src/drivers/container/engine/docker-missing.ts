import { findProgram } from '../../../host/system/programs.ts';
import { HOSTS } from '../../engine/hosts/table.ts';
import type { DockerSays } from '../../engine/hosts/engine-info.ts';
import type { Missing } from '../../engine/missing.ts';
import { installCommand } from '../../engine/packages.ts';
import { installedShim } from '../../kata/shim.ts';
import { registration } from '../fixes.ts';
import { factsOfRuntime, type ContainerRuntime } from '../rungs.ts';

/** Explains why a Docker, or a runtime on it, cannot be used. */

/** Adds the socket to the reason: a bottle's engine is not always the one that `docker` uses. */
export const missingAt = (address: string, missing: Missing): Missing => ({
  ...missing,
  reason: `the Docker at ${address} cannot be used: ${missing.reason}`,
  fix: `start the Docker whose socket is ${address}; otherwise: ${missing.fix}`,
});

/**
 * Adapts the reason why Docker offers no connection for this runtime. Docker ships only runc: any other runtime without
 * a program on this host is absent, whatever Docker's own problem is. A Docker in a virtual machine has its runtimes
 * there.
 */
export function missingFor(
  runtime: ContainerRuntime,
  why: Missing,
  findRuntimeProgram: (runtime: ContainerRuntime) => string | undefined = programOf,
): Missing {
  const isHere = runtime === 'runc' || why.evidence?.['host'] !== undefined;
  return isHere || findRuntimeProgram(runtime) !== undefined ? why : { ...why, status: 'absent' };
}

/** The host's program for a runtime: the runtime itself, or its shim. */
const programOf = (runtime: ContainerRuntime): string | undefined =>
  factsOfRuntime(runtime).isMachine ? installedShim() : findProgram(runtime);

/** Finds daemon settings that would weaken a bottle's confinement, or make its files inaccessible. */
export function unsuitable({
  SecurityOptions: options,
}: Pick<DockerSays, 'SecurityOptions'>): Missing | undefined {
  const has = (name: string): string | undefined =>
    options.find((option) => option.startsWith(`name=${name}`));
  const installed = (reason: string, fix: string): Missing => ({ status: 'installed', reason, fix });
  const seccomp = has('seccomp');
  if (seccomp === undefined || seccomp.includes('profile=unconfined')) {
    return installed(
      'this Docker confines containers by no seccomp profile',
      'remove "seccomp-profile" from /etc/docker/daemon.json',
    );
  }
  if (has('userns') !== undefined || has('rootless') !== undefined) {
    const { why, next } = HOSTS['docker-rootless'];
    return installed(why, next);
  }
  return undefined;
}

/** Docker answers, but has no such runtime. */
export function unregistered(runtime: ContainerRuntime): Missing {
  const path = programOf(runtime);
  if (path === undefined) {
    return {
      status: 'absent',
      reason: `${runtime} is not installed`,
      fix: `${installCommand(runtime)}, then ${registration(runtime)}`,
    };
  }
  return {
    status: 'installed',
    reason: `${runtime} is installed (${path}) but not registered with Docker`,
    fix: registration(runtime, path),
  };
}
