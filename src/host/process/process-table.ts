import { existsSync, readdirSync } from 'node:fs';
import { BottleError } from '../../errors.ts';
import { readKernelFile } from '../system/kernel-file.ts';
import { runNow } from '../run-now.ts';

/** The host's table of processes: /proc where there is one (proc(5)), elsewhere what ps(1) says, as macOS and POSIX have it. */

export interface ProcessRow {
  /** A letter, as ps(1) shows it: `Z` has ended, and nobody has waited for it. */
  readonly state: string;
  /** Digits: the same for as long as it runs, and others for who has its number later. Where ps(1) says it, seconds of the epoch. */
  readonly startTicks: string;
}

export interface ProcessTable {
  /** How long who waits for an end lets pass between two looks: with ps(1), everything else waits for each. */
  readonly lookEveryMs: number;
  /** Undefined: there is none with this pid. */
  row(pid: number): ProcessRow | undefined;
  /** Of every process that this user sees. */
  pids(): number[];
  /** All but those whose arguments and environment surely do not have a word: what is cheap to know of them all. */
  mayCarry(word: string): number[];
  /** Its real user; undefined where it has ended. */
  uidOf(pid: number): number | undefined;
  /** None where it has ended, or may not be looked at. */
  argumentsOf(pid: number): string[];
  /** `NAME=VALUE`; none where it has ended, or may not be looked at. With ps(1) its words, and those of its arguments. */
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
  lookEveryMs: 50,
  row: (pid) => {
    const [state, ...start] = words(['-o', 'state=', '-o', 'lstart=', '-p', String(pid)]);
    return state === undefined
      ? undefined
      : { state: state.slice(0, 1), startTicks: secondsOf(start.join(' ')) };
  },
  pids: () => words(['-ax', '-o', 'pid=']).map(pidOf),
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

/** In one language and one time zone, whoever asks. Of no process it says nothing at all, and its exit code is 1: all else is a failure. */
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

/** Of a time as ps(1) has it in UTC: `Sun Nov 29 14:07:44 2026`. */
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
