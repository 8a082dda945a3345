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
 * Processes that outlive their container, where no engine lists them. gVisor's sandbox and gofer may go on after a start that
 * failed, and one has burnt a core for an hour; then containerd's shim stays as well, with the runtime's state, until it
 * is killed. A VMM of Kata's may outlive a shim that was killed. Podman's monitor of an exec stays for five minutes, so that its exit code can be asked for. Each has the
 * container's id among its arguments. So are the control groups that the container had (left-groups.ts).
 */

/** A shim whose container was removed in good order ends by itself, in milliseconds. */
const SHIM_GRACE_MS = 500;

/** Those that worked for one of these containers. */
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

/** Those that worked for one of these containers and do not end by themselves. */
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
    return []; // gone meanwhile
  }
}

/**
 * Ends them, and removes the control groups that nobody is in; for a user who may not, a short container does it as root.
 * @throws BottleError `dependencyMissing` when something is still there afterwards
 */
export async function endLeftovers(helper: Connection, containerIds: readonly string[]): Promise<void> {
  for (const id of containerIds) if (!CONTAINER_ID.test(id)) throw new Error(`no id of a container: '${id}'`);
  const end = Date.now() + END_TIMEOUT_MS;
  let left: Left = { processes: await findStuck(containerIds), groups: findLeftGroups(containerIds) };
  // Again: what is ended may have begun another meanwhile, and a group is free a moment after its last process.
  for (let rounds = 0; isAny(left); rounds += 1) {
    if (rounds >= LEAST_ROUNDS && Date.now() > end) throw notEnded(left);
    if (isRoot()) await endAsRoot(left);
    else await reap(helper, left);
    await sleep(20);
    left = { processes: findLeftovers(containerIds), groups: findLeftGroups(containerIds) };
  }
}

/** Of Docker and Podman. Less of a name would be that of more. */
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
