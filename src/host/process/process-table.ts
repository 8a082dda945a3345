import { existsSync, readdirSync } from 'node:fs';
import { BottleError } from '../../errors.ts';
import { readKernelFile } from '../system/kernel-file.ts';
import { runNow } from '../run-now.ts';

/** The host's process table: /proc where it exists (proc(5)), else the output of ps(1), as on macOS and in POSIX. */

export interface ProcessRow {
  /** A letter as in ps(1): `Z` has ended, but its parent has not waited for it. */
  readonly state: string;
  /**
   * Digits that identify the process together with its pid: they stay the same while it runs and differ for a later
   * process. With ps(1), seconds since the epoch.
   */
  readonly startTicks: string;
}

export interface ProcessTable {
  /** Interval in milliseconds between checks for a process's end. Longer with ps(1): each call blocks this process. */
  readonly lookEveryMs: number;
  /** Undefined if no process has this pid. */
  row(pid: number): ProcessRow | undefined;
  /** The pids of all processes that this user sees. */
  pids(): number[];
  /** The pids whose arguments or environment may contain a word; excludes only those that a cheap check rules out. */
  mayCarry(word: string): number[];
  /** The real user id; undefined if the process has ended. */
  uidOf(pid: number): number | undefined;
  /** Empty if the process has ended, or may not be inspected. */
  argumentsOf(pid: number): string[];
  /**
   * Entries `NAME=VALUE`; empty if the process has ended, or may not be inspected. With ps(1), the words of the
   * arguments and of the environment.
   */
  environmentOf(pid: number): string[];
}

export const PROC: ProcessTable = {
  lookEveryMs: 5,
  row: (pid) => {
    const [state, ...fields] = statFields(pid);
    const startTicks = fields[18];
    return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
  },
  pids: () => readdirSync('/proc').map(Number).filter(Number.isInteger),
  mayCarry: () => PROC.pids(),
  // The first of the four ids. The owner of /proc/PID does not help: it is root for a process that may not be dumped.
  uidOf: (pid) => {
    const uid = /^Uid:\s+(\d+)/m.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1];
    return uid === undefined ? undefined : Number(uid);
  },
  // A process that has rewritten its arguments may lack the final zero byte.
  argumentsOf: (pid) => {
    const text = readKernelFile(`/proc/${pid}/cmdline`) ?? '';
    return text === '' ? [] : text.replace(/\0$/, '').split('\0');
  },
  environmentOf: (pid) => readKernelFile(`/proc/${pid}/environ`)?.split('\0') ?? [],
};

/**
 * Fields of /proc/PID/stat from the third on: the second, the program's name in brackets, may contain brackets itself.
 */
function statFields(pid: number): readonly string[] {
  const stat = readKernelFile(`/proc/${pid}/stat`);
  return stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** ps(1) of macOS 26. Its start times are in seconds, and no pid is reused within one second. */
export const PS: ProcessTable = {
  lookEveryMs: 50,
  row: (pid) => {
    const [state, ...start] = words(['-o', 'state=', '-o', 'lstart=', '-p', String(pid)]);
    return state === undefined
      ? undefined
      : { state: state.slice(0, 1), startTicks: secondsOf(start.join(' ')) };
  },
  pids: () => words(['-ax', '-o', 'pid=']).map(pidOf),
  // One call for all processes: a call for each would take seconds.
  mayCarry: (word) => carriersIn(said(['-ax', '-E', '-ww', '-o', 'pid=', '-o', 'command=']), word),
  uidOf: (pid) => {
    const [uid] = words(['-o', 'ruid=', '-p', String(pid)]);
    return uid === undefined ? undefined : Number(uid);
  },
  argumentsOf: (pid) => words(['-ww', '-o', 'command=', '-p', String(pid)]),
  // With -E, the variables follow the arguments.
  environmentOf: (pid) => words(['-E', '-ww', '-o', 'command=', '-p', String(pid)]),
};

/**
 * Runs ps(1) in one language and one time zone. For a pid without a process, ps prints nothing and exits with 1; any
 * other failure is an error.
 */
function said(args: readonly string[]): string {
  const { exitCode, stdout, stderr } = runNow('ps', args, { LC_ALL: 'C', TZ: 'UTC' });
  const isOfNone = exitCode === 1 && (stdout + stderr).trim() === '' && args.includes('-p');
  if (exitCode === 0 || isOfNone) return stdout;
  throw unclear(args, `exit code ${exitCode}, ${stderr.trim().split('\n')[0] || 'without a word'}`);
}

function pidOf(word: string): number {
  if (/^\d+$/.test(word)) return Number(word);
  throw unclear(['-ax', '-o', 'pid='], word);
}

/** Seconds since the epoch of a time as ps(1) prints it in UTC: `Sun Nov 29 14:07:44 2026`. */
function secondsOf(start: string): string {
  const seconds = Date.parse(`${start} UTC`) / 1_000;
  if (Number.isInteger(seconds)) return String(seconds);
  throw unclear(['-o', 'lstart='], start);
}

const unclear = (args: readonly string[], what: string): BottleError =>
  new BottleError('dependencyMissing', 'ps does not say what processes this host has', {
    details: [`ps ${args.join(' ')}: ${what}`],
    fix: 'see that the first ps in PATH is that of the system: command -v ps',
  });

const words = (args: readonly string[]): string[] => said(args).split(/\s+/).filter(Boolean);

/** Pure. `list`: a pid and a command per line; further lines of a command belong to the pid before them. */
export function carriersIn(list: string, word: string): number[] {
  const found = new Set<number>();
  let pid: number | undefined;
  for (const line of list.split('\n')) {
    const begun = /^ *(\d+) /.exec(line)?.[1];
    if (begun !== undefined) pid = Number(begun);
    if (pid !== undefined && line.includes(word)) found.add(pid);
  }
  return [...found];
}

/** The process table of this host. */
export const PROCESS_TABLE: ProcessTable = existsSync('/proc/self/stat') ? PROC : PS;
