import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resources } from '../../../drivers/driver.ts';
import type { Targets } from '../../arena/targets.ts';
import { some } from '../../guest/file-attempts.ts';
import { processes } from '../../guest/processes.ts';
import { open, proxy, send } from '../../guest/wire.ts';
import type { Measure, Probe, Run } from '../probe.ts';

/**
 * Attempts to exceed a bottle's limits: meanwhile, the host reads its usage from the kernel. Each attempt takes
 * slightly more than the limit for a second or two, then gives it back; its control takes less than the limit. They run
 * last, in sequence, so that whatever they break affects no other probe.
 */

export const HELD_MS = 1_200;
const MIB = 1024 * 1024;

function limitsOf({ limits }: Targets): Resources {
  if (limits === undefined) throw new Error('no limits are told');
  return limits;
}

/** Runs a small Perl program to its end. @throws Error with its error message */
export async function perl(script: string, args: readonly (string | number)[]): Promise<void> {
  const child = spawn('perl', ['-e', script, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0)
    throw new Error(complaint.trim().slice(0, 200) || `perl ended by ${signal ?? `exit code ${code}`}`);
}

/** Forks this many children, waits, and kills them. */
const FORK = `
  my ($nonce, $amount, $held) = @ARGV; my @kids; my $failure = '';
  for (1 .. $amount) {
    my $kid = fork; if (!defined $kid) { $failure = "process $_: $!"; last }
    if ($kid == 0) { sleep 4; exit } push @kids, $kid;
  }
  select undef, undef, undef, $held; kill 9, @kids; waitpid $_, 0 for @kids; die "$failure\\n" if $failure`;

/** Allocates memory and writes to all of it, 8 MiB at a time. */
const TAKE = `
  my ($nonce, $mib, $held) = @ARGV; my @parts;
  for (1 .. $mib / 8) { push @parts, 'x' x (8 << 20) } select undef, undef, undef, $held`;

/** Reserves memory without writing to it: private mmap, by the system call number of the architecture. */
const RESERVE = `
  use POSIX; my ($nonce, $mib, $held) = @ARGV; my $call = (POSIX::uname())[4] eq 'x86_64' ? 9 : 222;
  my $at = syscall($call, 0, $mib << 20, 3, 0x22, -1, 0); die "mmap: $!\\n" if $at == -1;
  select undef, undef, undef, $held`;

type Amount = (t: Targets) => number;

/** Returns a run whose child process takes the resource, so that the kernel kills the child. */
const taking = (script: string, amountOf: Amount, lessOf: Amount): Run => ({
  last: true,
  deadlineMs: 10_000,
  attack: (t, nonce) => perl(script, [nonce, amountOf(t), HELD_MS / 1_000]),
  control: (t, nonce) => perl(script, [nonce, lessOf(t), HELD_MS / 1_000]),
});

/** Writes a file until it has this size, or the disk is full. */
async function fill(path: string, bytes: number): Promise<void> {
  try {
    const part = Buffer.alloc(MIB, 'x');
    for (let written = 0; written < bytes; written += MIB) writeFileSync(path, part, { flag: 'a' });
  } finally {
    await sleep(HELD_MS / 2);
    rmSync(path, { force: true });
  }
}

const filling = (dirOf: () => string, boundOf: Amount): Run => ({
  last: true,
  deadlineMs: 10_000,
  attack: (t, nonce) => fill(join(dirOf(), nonce), boundOf(t) * 1.5),
  control: (t, nonce) => fill(join(dirOf(), nonce), boundOf(t) / 4),
});

/** Returns the agent's home: root's is another, and may not be writable. */
export const homeDir = (): string =>
  statSync('/home/agent', { throwIfNoEntry: false })?.isDirectory() ? '/home/agent' : homedir();

const CGROUP_FILES = /^(?:pids\.max|memory\.max|memory\.limit_in_bytes)$/;

/** Returns the limit files of control groups that are visible here. */
function bounds(dir = '/sys/fs/cgroup', depth = 4): string[] {
  if (!existsSync(dir) || depth === 0) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return bounds(path, depth - 1);
    return CGROUP_FILES.test(entry.name) ? [path] : [];
  });
}

async function execute(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore' });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`${program} ended by ${signal ?? `exit code ${code}`}`);
}

/** Raises the limits of every process here: by control groups, prlimit, and a shell's ulimit. */
async function raise(): Promise<void> {
  const written = (): void[] =>
    some(bounds(), (path) => writeFileSync(path, path.includes('limit_in') ? '-1' : 'max'));
  const asked = processes().map((pid) => execute('prlimit', ['--pid', pid, '--nproc=unlimited:unlimited']));
  const results = await Promise.allSettled([
    Promise.resolve().then(written),
    execute('sh', ['-c', 'ulimit -u unlimited']),
    ...asked,
  ]);
  await sleep(HELD_MS / 2);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length === results.length) throw failures[0];
}

/** Changes the priority of a child process. */
async function hurry(by: number): Promise<void> {
  const child = spawn('sleep', ['2'], { stdio: 'ignore' });
  await once(child, 'spawn');
  try {
    await execute('renice', ['-n', String(by), '-p', String(child.pid)]);
    await sleep(HELD_MS / 2);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Sends this many requests that the gateway denies, each with a path of 8 KiB. */
async function deny({ names, port }: Targets, nonce: string, many: number): Promise<void> {
  const path = `${nonce}${'x'.repeat(8 * 1024)}`;
  for (let made = 0; made < many; made++) {
    const request = `GET http://${names.other}:${port}/${path} HTTP/1.1\r\nHost: ${names.other}:${port}\r\nConnection: close\r\n\r\n`;
    const answer = await send(await open(proxy()), request);
    if (/ 2\d\d /.test(answer.split('\r\n')[0] ?? '')) throw new Error('it was not denied');
  }
}

/** In the open no limit exists, so these attempts, which take bounded amounts, would be no attack. */
const NO_LIMIT = 'in the open there is no limit to hold, so that nothing is taken there';

type Words = Pick<Probe, 'id' | 'claim' | 'attack' | 'breach'> & { readonly run: Run } & Partial<
    Pick<Probe, 'limits' | 'users' | 'source'>
  >;

/** Returns a probe that exceeds this limit. */
export const limit = (of: Measure, words: Words): Probe => ({
  family: 'limits',
  oracle: { kind: 'exceeds', of },
  control: 'metered',
  closedInTheOpen: NO_LIMIT,
  source: 'CWE-770: allocation without limits; MITRE ATT&CK T1499.001, exhaustion of the system',
  ...words,
});

const FULL = 'fills the memory or the disk of the host';

/** In the order of execution: probes that may end the bottle come last. */
export const LIMITS: readonly Probe[] = [
  limit('processes', {
    id: 'limit-processes',
    claim: 'A bottle has no more processes and threads than it may.',
    attack: 'start more processes than are allowed',
    breach: 'leaves no process to the host',
    run: taking(
      FORK,
      (t) => limitsOf(t).pids + 64,
      () => 16,
    ),
  }),
  limit('processBound', {
    id: 'limit-raised',
    claim: 'A bottle cannot raise its own limits.',
    attack: 'raise its own limits',
    breach: 'has no limits',
    run: {
      last: true,
      deadlineMs: 10_000,
      attack: raise,
      control: () => execute('sh', ['-c', 'ulimit -n 64']),
    },
  }),
  limit('priority', {
    id: 'limit-priority',
    claim: 'No program of a bottle goes before those of the host.',
    attack: 'ask for a higher priority',
    breach: 'takes the processors from the host',
    run: {
      last: true,
      deadlineMs: 5_000,
      attack: () => hurry(-10),
      control: () => hurry(5),
    },
  }),
  limit('tmp', {
    id: 'limit-disk-tmp',
    claim: 'No more can be written to /tmp than is allowed.',
    attack: 'fill /tmp',
    breach: FULL,
    run: filling(
      () => '/tmp',
      (t) => limitsOf(t).diskBytes,
    ),
  }),
  limit('home', {
    id: 'limit-disk-home',
    claim: 'No more can be written to the home folder than is allowed.',
    attack: 'fill the home folder',
    users: ['agent'],
    breach: FULL,
    run: filling(homeDir, (t) => limitsOf(t).diskBytes),
  }),
  limit('shm', {
    id: 'limit-disk-shm',
    claim: 'No more than 64 MiB can be written to /dev/shm.',
    attack: 'fill /dev/shm',
    breach: FULL,
    run: filling(
      () => '/dev/shm',
      () => 64 * MIB,
    ),
  }),
  limit('log', {
    id: 'limit-log',
    claim: 'A request that is denied writes little to the log, however long it is.',
    attack: 'flood the log with long requests that are denied',
    breach: FULL,
    run: {
      last: true,
      deadlineMs: 10_000,
      attack: (t, nonce) => deny(t, nonce, 60),
      control: (t, nonce) => deny(t, nonce, 1),
    },
  }),
  limit('processMemory', {
    id: 'limit-process-memory',
    claim: 'No process of a bottle can have more memory than it may.',
    attack: 'reserve more memory than a process may',
    limits: 'rlimit',
    breach: FULL,
    run: taking(
      RESERVE,
      (t) => limitsOf(t).memoryBytes / MIB + 64,
      () => 64,
    ),
  }),
  limit('memory', {
    id: 'limit-memory',
    claim: 'A bottle as a whole has no more memory than it may.',
    attack: 'take more memory than is allowed',
    limits: 'cgroup',
    users: ['agent'],
    breach: FULL,
    run: taking(
      TAKE,
      (t) => limitsOf(t).memoryBytes / MIB + 64,
      () => 32,
    ),
  }),
];
