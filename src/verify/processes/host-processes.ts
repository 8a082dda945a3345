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
 * Watches the host's own /proc while attempts are made on the kernel. The process that makes one carries its nonce in its
 * arguments; what it has become is read here, and what it says of itself is not asked.
 */
export interface HostProcesses extends Disposable {
  /** How an attempt, or a control, was seen to go through. */
  seen(nonce: string): readonly string[];
  /** Whether a process with this nonce was seen at all. */
  wasMade(nonce: string): boolean;
  /** Why it may have overlooked what a process with this nonce held for `HELD_MS`; undefined: it looked often enough. */
  missed(nonce: string): string | undefined;
}

export interface WatchOrder {
  readonly probes: readonly Probe[];
  readonly nonces: Nonces;
  /** The bottle's first process, by the word in its arguments; in the open, this one. */
  readonly bottle: ProcessView | undefined;
  readonly bystanderPid: number;
}

const EVERY_MS = 100;

interface Found {
  readonly pid: number;
  readonly nonce: string;
}

/** Begins to watch; cheap where no probe asks for it. */
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
 * Finds every process that has one of these among its arguments. Those that were there at first and have none get none: whoever makes
 * an attempt is started for it. A number that is free again may be anybody's.
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

/** The first process of a bottle: the one whose arguments are these, and nothing else. */
export function findProcess(argv: readonly string[]): number | undefined {
  const wanted = argv.join('\0');
  return everyPid().find((pid) => argumentsOf(pid).join('\0') === wanted);
}

/** Why this user cannot see what becomes of a bottle's processes; undefined where it can. Tried, not guessed. */
export function whyBlind(pid: number | undefined): string | undefined {
  if (pid === undefined || mayLookAt(pid)) return undefined;
  return "this user may not look at the bottle's processes (tried on its first one: ptrace(2), access mode checks)";
}

/**
 * What the kernel keeps beside this host's clock, watched: whoever may set the clock may set that, without harm. It is what the
 * clock is taken to be wrong by, and a kind of daylight saving time. Perl asks for it, as Node has no adjtimex(2).
 */
interface ClockWatch extends Disposable {
  /** All that was read of either; empty where it cannot be read. */
  readonly marks: ReadonlySet<number>;
}

/** Of adjtimex(2) the fifth field, `esterror`, of gettimeofday(2) `tz_dsttime`; asking changes nothing. */
const WATCH = `
  use POSIX; $| = 1; my ($parent, %seen) = (getppid);
  my ($adjust, $get) = (POSIX::uname())[4] eq 'x86_64' ? (159, 96) : (171, 169);
  while (1) {
    my ($timex, $zone) = (pack('x208'), pack 'x8');
    syscall($adjust, $timex) >= 0 && syscall($get, 0, $zone) == 0 or exit 1;
    for my $mark (unpack('x32 q', $timex), unpack 'x4 l', $zone) { $seen{$mark}++ or print "$mark\\n" or exit }
    select undef, undef, undef, 0.1; exit if getppid != $parent;
  }`;

/** Begins to watch. */
export function watchClock(): ClockWatch {
  const marks = new Set<number>();
  const perl = spawnProgram('perl', ['-e', WATCH], { stdio: ['ignore', 'pipe', 'ignore'] });
  perl.on('error', () => undefined); // nothing is seen then, and no control goes through
  if (perl.stdout !== null) createInterface(perl.stdout).on('line', (line) => marks.add(Number(line)));
  return { marks, [Symbol.dispose]: () => void perl.kill('SIGKILL') };
}

type Nonced = Pick<Found, 'nonce'>;

/** One look at all processes. A busy host may pause between two for longer than something is held. */
interface Look {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Notes who was there before or after a pause in which something could be had and let go unseen; `beganMs`: when watching begins. */
export function watchLateness(beganMs: number) {
  const pausesMs = new Map<string, number>();
  let [lastBeganMs, lastFound]: [number, readonly Nonced[]] = [beganMs, []];
  return {
    looked: (found: readonly Nonced[], look: Look): void => {
      // What begins after one look has begun was seen when the next has ended.
      const pauseMs = look.endedMs - lastBeganMs;
      if (pauseMs > HELD_MS) for (const { nonce } of [...lastFound, ...found]) pausesMs.set(nonce, pauseMs);
      [lastBeganMs, lastFound] = [look.beganMs, found];
    },
    /** Why what a process with this nonce held may have been overlooked; undefined: it was not. */
    of: (nonce: string): string | undefined => {
      const pauseMs = pausesMs.get(nonce);
      return pauseMs === undefined
        ? undefined
        : `this host did not look for ${Math.round(pauseMs)} ms, and what was got is held for ${HELD_MS}`;
    },
  };
}
