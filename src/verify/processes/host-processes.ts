import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { argumentsOf, everyPid } from '../../host/processes.ts';
import type { Nonces } from '../arena/targets.ts';
import { watchModules } from './modules.ts';
import type { Probe, Sign } from '../probes/probe.ts';
import { controlSign, findSign, type Reference } from './process-signs.ts';
import { mayLookAt, viewProcess, type ProcessView } from './process-view.ts';
import { spawnProgram } from '../../host/run.ts';
import { HELD_MS } from '../probes/kernel/by-perl.ts';

/**
 * Watches the host's /proc during attempts on the kernel. The process that makes an attempt carries its nonce in its
 * arguments. This reads what that process achieved, and ignores what it reports.
 */
export interface HostProcesses extends Disposable {
  /** Returns how an attempt or a control succeeded, as observed. */
  seen(nonce: string): readonly string[];
  /** Returns whether a process with this nonce was observed. */
  wasMade(nonce: string): boolean;
  /**
   * Returns why it may have missed what a process with this nonce held for `HELD_MS`; undefined if it checked often
   * enough.
   */
  missed(nonce: string): string | undefined;
}

export interface WatchOrder {
  readonly probes: readonly Probe[];
  readonly nonces: Nonces;
  /** The bottle's first process, found by a word in its arguments; in the open, this process. */
  readonly bottle: ProcessView | undefined;
  readonly bystanderPid: number;
}

const EVERY_MS = 100;

interface Found {
  readonly pid: number;
  readonly nonce: string;
}

/** Starts to watch; cheap if no probe needs it. */
export function watchHostProcesses({ probes, nonces, bottle, bystanderPid }: WatchOrder): HostProcesses {
  const wanted = signsByNonce(probes, nonces);
  const seen = new Map<string, Set<string>>();
  const isClockWatched = [...wanted.values()].some(({ is }) => is === 'clockError');
  const clock = isClockWatched ? watchClock() : undefined;
  const clockMarks = clock?.marks ?? new Set();
  const modules = watchModules();
  const find = finderOf([...wanted.keys()]);
  const lateness = watchLateness(performance.now());
  const look = (): void => {
    const beganMs = performance.now();
    const found = find();
    lookAt(found);
    lateness.looked(found, { beganMs, endedMs: performance.now() });
  };
  const lookAt = (found: readonly Found[]): void => {
    if (found.length === 0 || bottle === undefined) return;
    const [bystander, keys] = [viewProcess(bystanderPid), readKernelFile('/proc/keys') ?? ''];
    const [modulesCame, host] = [modules(), { bottle, hostName: hostname(), clockMarks }];
    for (const { pid, nonce } of found) {
      const view = viewProcess(pid);
      const sign = wanted.get(nonce);
      if (view === undefined || sign === undefined) continue;
      const reference: Reference = { ...host, bystander, nonce, keys, modulesCame };
      const shown = seen.get(nonce) ?? new Set();
      seen.set(nonce, shown);
      const words = findSign(sign, view, reference);
      if (words !== undefined) shown.add(words);
    }
  };
  const timer = wanted.size === 0 ? undefined : setInterval(look, EVERY_MS);
  return {
    seen: (nonce) => [...(seen.get(nonce) ?? [])],
    wasMade: (nonce) => seen.has(nonce),
    missed: lateness.of,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      clock?.[Symbol.dispose]();
    },
  };
}

function signsByNonce(probes: readonly Probe[], { attempts, controls }: Nonces): Map<string, Sign> {
  const signs = new Map<string, Sign>();
  for (const { id, oracle } of probes) {
    if (oracle.kind !== 'process') continue;
    const [attempt, control] = [attempts[id], controls[id]];
    if (attempt !== undefined) signs.set(attempt, oracle.sign);
    if (control !== undefined) signs.set(control, oracle.control ?? controlSign(oracle.sign));
  }
  return signs;
}

/**
 * Returns a function that finds every process with one of these nonces in its arguments. Remembers processes without
 * one, because attempts start new processes; a reused process id counts as a new process.
 */
function finderOf(nonces: readonly string[]): () => Found[] {
  if (nonces.length === 0) return () => [];
  const nonceOf = (pid: number): string | undefined => {
    const args = argumentsOf(pid);
    return nonces.find((word) => args.includes(word));
  };
  let others = new Set(everyPid().filter((pid) => nonceOf(pid) === undefined));
  return () => {
    const pids = everyPid();
    others = new Set(pids.filter((pid) => others.has(pid)));
    return pids.flatMap((pid) => {
      const nonce = others.has(pid) ? undefined : nonceOf(pid);
      return nonce === undefined ? [] : [{ pid, nonce }];
    });
  };
}

/** Returns the first process of a bottle: the one with exactly these arguments. */
export function findProcess(argv: readonly string[]): number | undefined {
  const wanted = argv.join('\0');
  return everyPid().find((pid) => argumentsOf(pid).join('\0') === wanted);
}

/** Tests why this user cannot inspect a bottle's processes; undefined if it can. */
export function whyBlind(pid: number | undefined): string | undefined {
  if (pid === undefined || mayLookAt(pid)) return undefined;
  return "this user may not look at the bottle's processes (tried on its first one: ptrace(2), access mode checks)";
}

/**
 * Watches values that the kernel keeps beside this host's clock: a process that may set the clock may also set these,
 * without harm. They are the clock's estimated error, and a kind of daylight saving time. Perl reads them, because
 * Node has no adjtimex(2).
 */
interface ClockWatch extends Disposable {
  /** All values read of either; empty if they cannot be read. */
  readonly marks: ReadonlySet<number>;
}

/** Prints the fifth field, `esterror`, of adjtimex(2), and `tz_dsttime` of gettimeofday(2); reading changes nothing. */
const WATCH = `
  use POSIX; $| = 1; my ($parent, %seen) = (getppid);
  my ($adjust, $get) = (POSIX::uname())[4] eq 'x86_64' ? (159, 96) : (171, 169);
  while (1) {
    my ($timex, $zone) = (pack('x208'), pack 'x8');
    syscall($adjust, $timex) >= 0 && syscall($get, 0, $zone) == 0 or exit 1;
    for my $mark (unpack('x32 q', $timex), unpack 'x4 l', $zone) { $seen{$mark}++ or print "$mark\\n" or exit }
    select undef, undef, undef, 0.1; exit if getppid != $parent;
  }`;

/** Starts to watch. */
export function watchClock(): ClockWatch {
  const marks = new Set<number>();
  const perl = spawnProgram('perl', ['-e', WATCH], { stdio: ['ignore', 'pipe', 'ignore'] });
  perl.on('error', () => undefined); // nothing is observed then, so no control succeeds
  if (perl.stdout !== null) createInterface(perl.stdout).on('line', (line) => marks.add(Number(line)));
  return { marks, [Symbol.dispose]: () => void perl.kill('SIGKILL') };
}

type Nonced = Pick<Found, 'nonce'>;

/** One check of all processes. A busy host may pause between two checks for longer than a process holds something. */
interface Look {
  readonly beganMs: number;
  readonly endedMs: number;
}

/**
 * Records processes found before or after a pause that is long enough to miss what they held; `beganMs`: the start of
 * watching.
 */
export function watchLateness(beganMs: number) {
  const pausesMs = new Map<string, number>();
  let [lastBeganMs, lastFound]: [number, readonly Nonced[]] = [beganMs, []];
  return {
    looked: (found: readonly Nonced[], look: Look): void => {
      // Whatever starts after one check starts has been seen when the next check ends.
      const pauseMs = look.endedMs - lastBeganMs;
      if (pauseMs > HELD_MS) for (const { nonce } of [...lastFound, ...found]) pausesMs.set(nonce, pauseMs);
      [lastBeganMs, lastFound] = [look.beganMs, found];
    },
    /** Returns why a check may have missed what a process with this nonce held; undefined if it did not. */
    of: (nonce: string): string | undefined => {
      const pauseMs = pausesMs.get(nonce);
      return pauseMs === undefined
        ? undefined
        : `this host did not look for ${Math.round(pauseMs)} ms, but the attacker holds its loot for only ${HELD_MS}`;
    },
  };
}
