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
 * More than a bottle may have: what it has is read outside, from the kernel, while it tries. Each attempt takes a little above
 * its limit, for a second or two, and gives it back; its control takes less than is allowed. They are made at the very end, one
 * after the other: what they spoil is nobody's any more.
 */

export const HELD_MS = 1_200;
const MIB = 1024 * 1024;

function limitsOf({ limits }: Targets): Resources {
  if (limits === undefined) throw new Error('no limits are told');
  return limits;
}

/** Runs a small program of perl's to its end. @throws Error with what it complained of */
export async function perl(script: string, args: readonly (string | number)[]): Promise<void> {
  const child = spawn('perl', ['-e', script, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0)
    throw new Error(complaint.trim().slice(0, 200) || `perl ended by ${signal ?? `exit code ${code}`}`);
}

/** Has this many children at once for a while; ends them itself. */
const FORK = `
  my ($nonce, $amount, $held) = @ARGV; my @kids; my $failure = '';
  for (1 .. $amount) {
    my $kid = fork; if (!defined $kid) { $failure = "process $_: $!"; last }
    if ($kid == 0) { sleep 4; exit } push @kids, $kid;
  }
  select undef, undef, undef, $held; kill 9, @kids; waitpid $_, 0 for @kids; die "$failure\\n" if $failure`;

/** Takes memory and writes to all of it, 8 MiB at a time. */
const TAKE = `
  my ($nonce, $mib, $held) = @ARGV; my @parts;
  for (1 .. $mib / 8) { push @parts, 'x' x (8 << 20) } select undef, undef, undef, $held`;

/** Asks for memory, and writes to none of it: mmap of private memory, by the number that the machine has for it. */
const RESERVE = `
  use POSIX; my ($nonce, $mib, $held) = @ARGV; my $call = (POSIX::uname())[4] eq 'x86_64' ? 9 : 222;
  my $at = syscall($call, 0, $mib << 20, 3, 0x22, -1, 0); die "mmap: $!\\n" if $at == -1;
  select undef, undef, undef, $held`;

type Amount = (t: Targets) => number;

/** A child of its own has it, so that the kernel ends that one. */
const taking = (script: string, amountOf: Amount, lessOf: Amount): Run => ({
  last: true,
  deadlineMs: 10_000,
  attack: (t, nonce) => perl(script, [nonce, amountOf(t), HELD_MS / 1_000]),
  control: (t, nonce) => perl(script, [nonce, lessOf(t), HELD_MS / 1_000]),
});

/** Writes a file until it is as long as this, or there is no more room. */
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

/** Root's home is not the agent's, and may be no place to write. */
export const homeDir = (): string =>
  statSync('/home/agent', { throwIfNoEntry: false })?.isDirectory() ? '/home/agent' : homedir();

const CGROUP_FILES = /^(?:pids\.max|memory\.max|memory\.limit_in_bytes)$/;

/** Files of bounds, as far as control groups are shown here. */
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

/** Of every process here: as many as there are, and what a shell may ask for. */
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

/** Its own programs ask for a better place than they have. */
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

/** Many requests that are denied, each with a path of 8 KiB. */
async function deny({ names, port }: Targets, nonce: string, many: number): Promise<void> {
  const path = `${nonce}${'x'.repeat(8 * 1024)}`;
  for (let made = 0; made < many; made++) {
    const request = `GET http://${names.other}:${port}/${path} HTTP/1.1\r\nHost: ${names.other}:${port}\r\nConnection: close\r\n\r\n`;
    const answer = await send(await open(proxy()), request);
    if (/ 2\d\d /.test(answer.split('\r\n')[0] ?? '')) throw new Error('it was not denied');
  }
}

/** Bounded as they are, they would be no attack where nothing bounds them. */
const NO_LIMIT = 'in the open there is no limit to hold, so that nothing is taken there';

type Words = Pick<Probe, 'id' | 'claim' | 'attack' | 'breach'> & { readonly run: Run } & Partial<
    Pick<Probe, 'limits' | 'users' | 'source'>
  >;

/** A probe of more than a bottle may have of this. */
export const limit = (of: Measure, words: Words): Probe => ({
  family: 'limits',
  oracle: { kind: 'exceeds', of },
  control: 'metered',
  closedInTheOpen: NO_LIMIT,
  source: 'CWE-770: no limit to what is taken; MITRE ATT&CK T1499.001, exhaustion of the system',
  ...words,
});

const FULL = 'fills the memory or the disk of the host';

/** In the order in which they are made: what may end the bottle is the last. */
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
