import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import { endProcess, everyPid, identify, type ProcessIdentity } from '../../host/processes.ts';
import { isRoot } from '../../host/user.ts';
import type { Connection } from './engine/engine.ts';
import { isVmmOf } from '../kata/machine.ts';
import { findLeftGroups, removeLeftGroups } from './left-groups.ts';
import { reap, type Left } from './reap.ts';

/**
 * Ends processes that outlive their container and that no engine lists. gVisor's sandbox and gofer may go on after a
 * failed start, and one has used a full CPU core for an hour; then containerd's shim also stays, with the runtime's
 * state, until it is killed. A VMM of Kata may outlive a killed shim. Podman's monitor of an exec stays for five
 * minutes, so that clients can ask for its exit code. Each has the container's id among its arguments. Also removes the
 * container's control groups (left-groups.ts).
 */

/** The shim of a properly removed container ends by itself, in milliseconds. */
const SHIM_GRACE_MS = 500;

/** The processes that worked for one of these containers. */
function findLeftovers(containerIds: readonly string[]): ProcessIdentity[] {
  if (containerIds.length === 0) return [];
  return everyPid().flatMap((pid) => {
    if (!isServantOf(pid, containerIds)) return [];
    const identity = identify(pid);
    return identity === undefined ? [] : [identity];
  });
}

const SERVANTS = /^(runsc|conmon|containerd-shim)/;
const SHIM = /^containerd-shim/;

function isServantOf(pid: number, containerIds: readonly string[]): boolean {
  const [program = '', ...args] = commandLine(pid);
  return (
    (SERVANTS.test(basename(program)) && args.some((arg) => containerIds.includes(basename(arg)))) ||
    containerIds.some((id) => isVmmOf([program, ...args], id))
  );
}

const isShim = ({ pid }: ProcessIdentity): boolean => SHIM.test(basename(commandLine(pid)[0] ?? ''));

/** The processes that worked for one of these containers and do not end by themselves. */
async function findStuck(containerIds: readonly string[]): Promise<ProcessIdentity[]> {
  for (const end = Date.now() + SHIM_GRACE_MS; ; await sleep(20)) {
    const found = findLeftovers(containerIds);
    if (!found.some(isShim) || Date.now() > end) return found;
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // the process is gone
  }
}

/**
 * Ends these processes, and removes empty control groups. If this user may not, a short-lived container does it as
 * root.
 * @throws BottleError `dependencyMissing` when something remains afterwards
 */
export async function endLeftovers(helper: Connection, containerIds: readonly string[]): Promise<void> {
  for (const id of containerIds) if (!CONTAINER_ID.test(id)) throw new Error(`no id of a container: '${id}'`);
  const end = Date.now() + END_TIMEOUT_MS;
  let left: Left = { processes: await findStuck(containerIds), groups: findLeftGroups(containerIds) };
  // Repeats: a process may have started another before it ended, and a group is free only a moment after its last
  // process.
  for (let rounds = 0; isAny(left); rounds += 1) {
    if (rounds >= LEAST_ROUNDS && Date.now() > end) throw notEnded(left);
    if (isRoot()) await endAsRoot(left);
    else await reap(helper, left);
    await sleep(20);
    left = { processes: findLeftovers(containerIds), groups: findLeftGroups(containerIds) };
  }
}

/** The full id, in Docker and Podman. A shorter string could match other containers. */
const CONTAINER_ID = /^[0-9a-f]{64}$/;

const END_TIMEOUT_MS = 5_000;
const LEAST_ROUNDS = 2;

const isAny = ({ processes, groups }: Left): boolean => processes.length + groups.length > 0;

async function endAsRoot({ processes, groups }: Left): Promise<void> {
  await Promise.all(processes.map(async (process) => await endProcess(process, 0)));
  await removeLeftGroups(groups);
}

function notEnded({ processes, groups }: Left): BottleError {
  const pids = processes.map(({ pid }) => pid).join(' ');
  return processes.length > 0
    ? new BottleError('dependencyMissing', `the engine left processes that do not end: ${pids}`, {
        fix: `sudo kill -9 ${pids}`,
      })
    : new BottleError('dependencyMissing', 'the engine left control groups that cannot be removed', {
        details: groups,
        fix: `sudo rmdir ${groups.join(' ')}`,
      });
}
