import { hrtime } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../errors.ts';
import { PROCESS_TABLE } from './process/process-table.ts';
import { isBottleUid } from './user.ts';

/**
 * Finds processes by pid and start time, because the kernel reuses pids. Everything that works for a bottle carries the
 * bottle's id in its arguments or as BOT_BOTTLE_ID in its environment.
 */

/** The variable that marks a process as belonging to a bottle. */
export const BOTTLE_ID_VARIABLE = 'BOT_BOTTLE_ID';

export interface ProcessIdentity {
  readonly pid: number;
  /**
   * Start time: clock ticks after boot, field 22 of /proc/PID/stat, see proc(5). Without /proc, seconds since the
   * epoch, from ps(1).
   */
  readonly startTicks: string;
}

/** The identity of a running process; undefined if no process has this pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  const row = PROCESS_TABLE.row(pid);
  return row === undefined || row.state === 'Z' || row.state === 'X'
    ? undefined
    : { pid, startTicks: row.startTicks };
}

/** The identity of this process. @throws BottleError `dependencyMissing` if the host does not list it */
export function ownIdentity(): ProcessIdentity {
  const identity = identify(process.pid);
  if (identity === undefined)
    throw new BottleError('dependencyMissing', 'this host does not show this process among its own', {
      fix: 'have the /proc of this pid namespace mounted: mount -t proc proc /proc',
    });
  return identity;
}

/** The letter of the process's state, as in ps(1); undefined if no process has this pid. */
export const stateOf = (pid: number): string | undefined => PROCESS_TABLE.row(pid)?.state;

/** Whether this same process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/**
 * Every running process of a bottle, except this one and those in containers, which their engine ends. Any user can set
 * the marker, so processes of other users do not count: root would kill them for somebody else, or a teardown would
 * wait for them.
 */
export function findProcessesOf(bottleId: string): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const pid of PROCESS_TABLE.mayCarry(bottleId)) {
    if (pid === process.pid || !isBottleUid(PROCESS_TABLE.uidOf(pid) ?? -1) || !isMarked(pid, bottleId))
      continue;
    const identity = identify(pid);
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

const isMarked = (pid: number, bottleId: string): boolean =>
  PROCESS_TABLE.environmentOf(pid).includes(`${BOTTLE_ID_VARIABLE}=${bottleId}`) ||
  hasMarkerArgument(argumentsOf(pid), bottleId);

/**
 * `--setenv BOT_BOTTLE_ID <id>` or `BOT_BOTTLE_ID=<id>` in the arguments; a bare id may be from `bot-bottle logs <id>`.
 */
function hasMarkerArgument(args: readonly string[], bottleId: string): boolean {
  return args.some(
    (arg, index) =>
      arg === `${BOTTLE_ID_VARIABLE}=${bottleId}` ||
      (arg === BOTTLE_ID_VARIABLE && args[index + 1] === bottleId),
  );
}

/** The pids of all processes that this user sees. */
export const everyPid = (): number[] => PROCESS_TABLE.pids();

/** The arguments of a process; empty if it has ended. */
export const argumentsOf = (pid: number): string[] => PROCESS_TABLE.argumentsOf(pid);

/** Ends a process: SIGTERM, then SIGKILL if it still runs after `graceMs`. Returns whether it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs = 500): Promise<boolean> {
  if (!send(identity, 'SIGTERM')) return true;
  if (await goneWithin(identity, graceMs)) return true;
  send(identity, 'SIGKILL');
  return await goneWithin(identity, 2_000);
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return isRunning(identity);
  }
}

/** Waits at most `deadlineMs` for the process to end. Returns whether it has ended. */
export async function goneWithin(identity: ProcessIdentity, deadlineMs: number): Promise<boolean> {
  const end = hrtime.bigint() + BigInt(deadlineMs) * 1_000_000n;
  while (isRunning(identity)) {
    if (hrtime.bigint() > end) return false;
    await sleep(PROCESS_TABLE.lookEveryMs);
  }
  return true;
}
