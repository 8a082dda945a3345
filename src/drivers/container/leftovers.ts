import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { endProcess, identify, type ProcessIdentity } from '../../host/processes.ts';

/**
 * gVisor's processes that outlive a container: after a start that failed, its sandbox and gofer may go on where no engine
 * lists them, and one has burnt a core for an hour. Each has the container's id among its arguments.
 */

/** Processes of gVisor that work for one of these containers. */
export function findLeftovers(containerIds: readonly string[]): ProcessIdentity[] {
  if (containerIds.length === 0) return [];
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || !isGvisorOf(pid, containerIds)) return [];
    const identity = identify(pid);
    return identity === undefined ? [] : [identity];
  });
}

function isGvisorOf(pid: number, containerIds: readonly string[]): boolean {
  const [program = '', ...args] = commandLine(pid);
  return basename(program).startsWith('runsc') && args.some((arg) => containerIds.includes(basename(arg)));
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // gone meanwhile
  }
}

/** Ends them; gives those that this user may not end, or that do not end. */
export async function endLeftovers(containerIds: readonly string[]): Promise<ProcessIdentity[]> {
  const found = findLeftovers(containerIds);
  const gone = await Promise.all(found.map(async (process) => await endProcess(process, 0)));
  return found.filter((_, index) => gone[index] !== true);
}
