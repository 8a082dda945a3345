/**
 * Attempts to take more than a bottle may. Each takes a little above its limit, for a second or two, and gives it back; its
 * control takes less than is allowed. They are made at the very end, one after the other: what they spoil is nobody's any more.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processes, some } from './files.mjs';
import { open, proxy, send } from './wire.mjs';

const HELD_MS = 1_200;
const MIB = 1024 * 1024;

/** Runs a small program to its end; throws what it complained of. */
async function perl(script, ...args) {
  const child = spawn('perl', ['-e', script, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += chunk));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(complaint.trim().slice(0, 200) || `ended by ${signal ?? code}`);
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

const held = HELD_MS / 1_000;

/** A child of its own has it, so that the kernel ends that one. */
const taking = (script, amountOf, lessOf) => ({
  last: true,
  deadlineMs: 10_000,
  attack: async (t, nonce) => await perl(script, nonce, amountOf(t.limits), held),
  control: async (t, nonce) => await perl(script, nonce, lessOf(t.limits), held),
});

/** Writes a file until it is as long as this, or there is no more room. */
async function fill(path, bytes) {
  try {
    const part = Buffer.alloc(MIB, 'x');
    for (let written = 0; written < bytes; written += MIB) writeFileSync(path, part, { flag: 'a' });
  } finally {
    await sleep(HELD_MS / 2);
    rmSync(path, { force: true });
  }
}

const filling = (dirOf, boundOf) => ({
  last: true,
  deadlineMs: 10_000,
  attack: async (t, nonce) => await fill(join(dirOf(), nonce), boundOf(t.limits) * 1.5),
  control: async (t, nonce) => await fill(join(dirOf(), nonce), boundOf(t.limits) / 4),
});

const CGROUP_FILES = /^(?:pids\.max|memory\.max|memory\.limit_in_bytes)$/;

/** Files of bounds, as far as control groups are shown here. */
function bounds(dir = '/sys/fs/cgroup', depth = 4) {
  if (!existsSync(dir) || depth === 0) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return bounds(path, depth - 1);
    return CGROUP_FILES.test(entry.name) ? [path] : [];
  });
}

/** Of every process here: as many as there are, and what a shell may ask for. */
async function raise() {
  const written = () =>
    some(bounds(), (path) => writeFileSync(path, path.includes('limit_in') ? '-1' : 'max'));
  const asked = processes().map((pid) => run('prlimit', ['--pid', pid, '--nproc=unlimited:unlimited']));
  const results = await Promise.allSettled([
    Promise.resolve().then(written),
    run('sh', ['-c', 'ulimit -u unlimited']),
    ...asked,
  ]);
  await sleep(HELD_MS / 2);
  if (results.every(({ status }) => status === 'rejected')) throw results[0].reason;
}

async function run(program, args) {
  const child = spawn(program, args, { stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program}: exit code ${code}`);
}

/** Its own programs ask for a better place than they have. */
const hurry = async (by) => {
  const child = spawn('sleep', ['2'], { stdio: 'ignore' });
  await once(child, 'spawn');
  try {
    await run('renice', ['-n', String(by), '-p', String(child.pid)]);
    await sleep(HELD_MS / 2);
  } finally {
    child.kill('SIGKILL');
  }
};

const DENIED = 60;

/** Many requests that are denied, each with a path of 8 KiB. */
async function deny({ names, port }, nonce, many) {
  const path = `${nonce}${'x'.repeat(8 * 1024)}`;
  for (let made = 0; made < many; made++) {
    const request = `GET http://${names.other}:${port}/${path} HTTP/1.1\r\nHost: ${names.other}:${port}\r\nConnection: close\r\n\r\n`;
    const answer = await send(await open(proxy()), request);
    if (/ 2\d\d /.test(answer.split('\r\n')[0])) throw new Error('it was not denied');
  }
}

export const LIMITS = {
  'limit-processes': taking(
    FORK,
    ({ pids }) => pids + 64,
    () => 16,
  ),
  'limit-raised': {
    last: true,
    deadlineMs: 10_000,
    attack: raise,
    control: async () => await run('sh', ['-c', 'ulimit -n 64']),
  },
  'limit-priority': {
    last: true,
    deadlineMs: 5_000,
    attack: async () => await hurry(-10),
    control: async () => await hurry(5),
  },
  'limit-disk-tmp': filling(
    () => '/tmp',
    ({ diskBytes }) => diskBytes,
  ),
  'limit-disk-home': filling(
    () => homeDir(),
    ({ diskBytes }) => diskBytes,
  ),
  'limit-disk-shm': filling(
    () => '/dev/shm',
    () => 64 * MIB,
  ),
  'limit-log': {
    last: true,
    deadlineMs: 10_000,
    attack: async (t, nonce) => await deny(t, nonce, DENIED),
    control: async (t, nonce) => await deny(t, nonce, 1),
  },
  'limit-process-memory': taking(
    RESERVE,
    ({ memoryBytes }) => memoryBytes / MIB + 64,
    () => 64,
  ),
  'limit-memory': taking(
    TAKE,
    ({ memoryBytes }) => memoryBytes / MIB + 64,
    () => 32,
  ),
};

/** Root's home is not the agent's, and may be no place to write. */
const homeDir = () =>
  statSync('/home/agent', { throwIfNoEntry: false })?.isDirectory() ? '/home/agent' : process.env.HOME;
