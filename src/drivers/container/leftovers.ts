import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import { deadline } from '../../host/deadline.ts';
import { endProcess, identify, isRunning, type ProcessIdentity } from '../../host/processes.ts';
import { isRoot } from '../../host/user.ts';
import type { Connection } from './engine/engine.ts';
import { isVmmOf } from './kata/machine.ts';
import type { ContainerPlan } from './hardening.ts';
import { containerName } from './names.ts';
import { ensureProbeImage, programMounts } from './probe/image.ts';
import { runToEnd } from './run-to-end.ts';

/**
 * Processes that outlive their container, where no engine lists them. gVisor's sandbox and gofer may go on after a start that
 * failed, and one has burnt a core for an hour; then containerd's shim stays as well, with the runtime's state, until it
 * is killed. A VMM of Kata's may outlive a shim that was killed. Podman's monitor of an exec stays for five minutes, so that its exit code can be asked for. Each has the
 * container's id among its arguments.
 */

const REAP_TIMEOUT_MS = 20_000;
/** A shim whose container was removed in good order ends by itself, in milliseconds. */
const SHIM_GRACE_MS = 500;

/** Those that worked for one of these containers. */
function findLeftovers(containerIds: readonly string[]): ProcessIdentity[] {
  if (containerIds.length === 0) return [];
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || !isServantOf(pid, containerIds)) return [];
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

/** Ends them, for a user who may not by a short container as root. @throws BottleError `dependencyMissing` when one is still there afterwards */
export async function endLeftovers(helper: Connection, containerIds: readonly string[]): Promise<void> {
  const found = await findStuck(containerIds);
  if (found.length === 0) return;
  if (isRoot()) await Promise.all(found.map(async (process) => await endProcess(process, 0)));
  else await reap(helper, found);
  const left = found.filter(isRunning);
  if (left.length === 0) return;
  const pids = left.map(({ pid }) => pid).join(' ');
  throw new BottleError('dependencyMissing', `the engine left processes that do not end: ${pids}`, {
    fix: `sudo kill -9 ${pids}`,
  });
}

async function reap(helper: Connection, processes: readonly ProcessIdentity[]): Promise<void> {
  const signal = deadline(REAP_TIMEOUT_MS);
  const id = `reap-${randomBytes(4).toString('hex')}`;
  const plan: ContainerPlan = {
    name: containerName(id, 'agent'),
    bottleId: id,
    image: await ensureProbeImage(helper.client, signal),
    argv: ['/bin/sh', '-c', 'kill -KILL "$@"', 'sh', ...processes.map(({ pid }) => String(pid))],
    env: {},
    cwd: '/',
    owner: { uid: 0, gid: 0 },
    tty: false,
    stdin: false,
    limits: { memoryBytes: 64 * 1024 * 1024, cpus: 1, pids: 16 },
    mounts: programMounts(),
    scratch: [],
    network: { kind: 'none' },
    sysctls: {},
    capabilities: ['KILL'],
    hostProcesses: true,
  };
  await runToEnd(helper, plan, { signal, timeoutMs: REAP_TIMEOUT_MS });
}
