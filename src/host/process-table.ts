import { existsSync, readdirSync } from 'node:fs';
import { BottleError } from '../errors.ts';
import { readKernelFile } from './kernel-file.ts';
import { runNow } from './run-now.ts';

/** The host's table of processes: /proc where there is one (proc(5)), elsewhere what ps(1) says, as macOS and POSIX have it. */

export interface ProcessRow {
  /** A letter, as ps(1) shows it: `Z` has ended, and nobody has waited for it. */
  readonly state: string;
  /** The same for as long as it runs, and another for who has its number later. */
  readonly startTicks: string;
}

export interface ProcessTable {
  /** Undefined: there is none with this pid. */
  row(pid: number): ProcessRow | undefined;
  /** Of every process that this user sees. */
  pids(): number[];
  /** All but those whose arguments and environment surely do not have a word: what is cheap to know of them all. */
  mayCarry(word: string): number[];
  /** Its real user; undefined where it has ended. */
  uidOf(pid: number): number | undefined;
  /** None where it has ended, or is another user's. */
  argumentsOf(pid: number): string[];
  /** `NAME=VALUE`; none where it has ended, or is another user's. */
  environmentOf(pid: number): string[];
}

export const PROC: ProcessTable = {
  row: (pid) => {
    const [state, ...fields] = statFields(pid);
    const startTicks = fields[18];
    return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
  },
  pids: () => readdirSync('/proc').map(Number).filter(Number.isInteger),
  mayCarry: () => PROC.pids(),
  // The first of the four ids. The owner of /proc/PID is no answer: it is root where a process may not be dumped.
  uidOf: (pid) => {
    const uid = /^Uid:\s+(\d+)/m.exec(readKernelFile(`/proc/${pid}/status`) ?? '')?.[1];
    return uid === undefined ? undefined : Number(uid);
  },
  // One that has rewritten them may end without a zero byte.
  argumentsOf: (pid) => {
    const text = readKernelFile(`/proc/${pid}/cmdline`) ?? '';
    return text === '' ? [] : text.replace(/\0$/, '').split('\0');
  },
  environmentOf: (pid) => readKernelFile(`/proc/${pid}/environ`)?.split('\0') ?? [],
};

/** Of /proc/PID/stat, from the third: the second is the program's name in brackets and may hold spaces and brackets itself. */
function statFields(pid: number): readonly string[] {
  const stat = readKernelFile(`/proc/${pid}/stat`);
  return stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** ps(1) of macOS 26. The time is in seconds, which no number is given twice in. */
export const PS: ProcessTable = {
  row: (pid) => {
    const [state, ...start] = words(['-o', 'state=', '-o', 'lstart=', '-p', String(pid)]);
    return state === undefined ? undefined : { state: state.slice(0, 1), startTicks: start.join(' ') };
  },
  pids: () => words(['-ax', '-o', 'pid=']).map(Number),
  // One call for all: with one for each, every look would take seconds.
  mayCarry: (word) => carriersIn(said(['-ax', '-E', '-ww', '-o', 'pid=', '-o', 'command=']), word),
  uidOf: (pid) => {
    const [uid] = words(['-o', 'ruid=', '-p', String(pid)]);
    return uid === undefined ? undefined : Number(uid);
  },
  argumentsOf: (pid) => words(['-ww', '-o', 'command=', '-p', String(pid)]),
  // With -E, variables follow the arguments.
  environmentOf: (pid) => words(['-E', '-ww', '-o', 'command=', '-p', String(pid)]),
};

/** In one language and one time zone, whoever asks. Of no process it says nothing, and fails: a list that is none is another failure. */
function said(args: readonly string[]): string {
  const { exitCode, stdout } = runNow('ps', args, { LC_ALL: 'C', TZ: 'UTC' });
  if (exitCode === 0 || (stdout.trim() === '' && args.includes('-p'))) return stdout;
  throw new BottleError('dependencyMissing', 'ps does not list the processes of this host', {
    details: [`ps ${args.join(' ')}: exit code ${exitCode}`],
  });
}

const words = (args: readonly string[]): string[] => said(args).split(/\s+/).filter(Boolean);

/** Pure. `list`: a pid and a command in each line; where a command has lines itself, they are those of the pid before. */
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

/** This host's. */
export const PROCESS_TABLE: ProcessTable = existsSync('/proc/self/stat') ? PROC : PS;
