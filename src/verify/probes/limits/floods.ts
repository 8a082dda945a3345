import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processes } from '../../guest/processes.ts';
import { NOT_MADE } from '../../guest/wire.ts';
import { HELD_MS, homeDir, limit, perl } from './limits.ts';
import type { Probe, Run } from '../probe.ts';

/**
 * Many small things: empty files, open descriptors, printed lines. The attacked bottle is small too, so moderate
 * numbers already exceed its limits.
 */

/** More files than a small file system allows; they are created within a second. */
const MANY_FILES = 10_000;
const FEW_FILES = 500;

/** Creates files in a new folder. */
async function makeFiles(dir: string, many: number): Promise<void> {
  try {
    mkdirSync(dir);
    for (let made = 0; made < many; made++) writeFileSync(join(dir, String(made)), '');
  } finally {
    await sleep(HELD_MS / 2); // so that the host can measure the peak
    rmSync(dir, { recursive: true, force: true });
  }
}

const crowding = (dirOf: () => string): Run => ({
  last: true,
  deadlineMs: 20_000,
  attack: (_, nonce) => makeFiles(join(dirOf(), nonce), MANY_FILES),
  control: (_, nonce) => makeFiles(join(dirOf(), nonce), FEW_FILES),
});

/** Opens slightly more files than 65536 descriptor places hold. */
const OPEN = `
  use POSIX; my ($nonce, $many, $held) = @ARGV; my $failure = '';
  for (1 .. $many) { defined POSIX::open('/dev/null') or $failure = "file $_: $!", last }
  select undef, undef, undef, $held; die "$failure\n" if $failure`;
const MANY_OPEN = 65_600;
const FEW_OPEN = 200;

const opening = (many: number, nonce: string): Promise<void> => perl(OPEN, [nonce, many, HELD_MS / 1_000]);

/** Prints lines of 1 KiB to standard error, where no answer is expected, or into a file. */
const PRINT = `
  my ($mib, $path) = @ARGV; my $part = ('x' x 1023 . "\n") x 64;
  open my $to, defined $path ? '>' : '>&', $path // 'STDERR' or die; for (1 .. $mib * 16) { print $to $part or die }`;
const MUCH_MIB = 192;
const LITTLE_MIB = 1;
/**
 * Timeout in milliseconds: gVisor passes output on slowly; an emulated machine, which encrypts it, is slower still
 * beside another attack.
 */
const PRINT_DEADLINE_MS = 100_000;

/**
 * Returns the path of the standard output of the bottle's agent, which the launcher reads: any process of the same user
 * may write to it too. Some kernels list files for root that it may not open.
 */
function agentOutput(): string | undefined {
  const own = linkOf('/proc/self/fd/1');
  return processes()
    .map((pid) => `/proc/${pid}/fd/1`)
    .find((path) => {
      const link = linkOf(path);
      return link !== undefined && link !== own && !link.startsWith('/') && isOpenTo(path);
    });
}

function isOpenTo(path: string): boolean {
  try {
    closeSync(openSync(path, 'w'));
    return true;
  } catch {
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

async function printAll(mib: number): Promise<void> {
  const agent = agentOutput();
  await Promise.all([print(mib), ...(agent === undefined ? [] : [print(mib, agent)])]);
}

async function print(mib: number, path?: string): Promise<void> {
  const child = spawn('perl', ['-e', PRINT, String(mib), ...(path === undefined ? [] : [path])], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: PRINT_DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal !== null) throw new Error(NOT_MADE); // too slow to prove anything
  if (code !== 0) throw new Error('it was not all taken');
}

const KERNEL_MEMORY = "fills the kernel's memory, which no limit of a disk counts";

/** Probes that run before those that may end the bottle. */
export const FLOODS: readonly Probe[] = [
  limit('tmpFiles', {
    id: 'limit-files-tmp',
    claim: 'No more files can be in /tmp than are allowed, however empty.',
    attack: 'fill /tmp with empty files',
    breach: KERNEL_MEMORY,
    source: 'tmpfs(5): nr_inodes, by itself half of all pages of the machine; CWE-770',
    run: crowding(() => '/tmp'),
  }),
  limit('homeFiles', {
    id: 'limit-files-home',
    claim: 'No more files can be in the home folder than are allowed, however empty.',
    attack: 'fill the home folder with empty files',
    users: ['agent'],
    breach: KERNEL_MEMORY,
    source: 'tmpfs(5): nr_inodes, by itself half of all pages of the machine; CWE-770',
    run: crowding(homeDir),
  }),
  limit('shmFiles', {
    id: 'limit-files-shm',
    claim: 'No more files can be in /dev/shm than are allowed, however empty.',
    attack: 'fill /dev/shm with empty files',
    breach: KERNEL_MEMORY,
    source: 'tmpfs(5): nr_inodes, by itself half of all pages of the machine; CWE-770',
    run: crowding(() => '/dev/shm'),
  }),
  limit('openFiles', {
    id: 'limit-open-files',
    claim: 'No process of a bottle has more open than it may.',
    attack: 'open more files than are allowed',
    breach: 'takes all files that the kernel can have open (fs.file-max)',
    source: 'getrlimit(2): RLIMIT_NOFILE; proc_sys_fs(5): file-max, of the whole host; CWE-774',
    run: {
      last: true,
      deadlineMs: 10_000,
      attack: (_, nonce) => opening(MANY_OPEN, nonce),
      control: (_, nonce) => opening(FEW_OPEN, nonce),
    },
  }),
  limit('readerMemory', {
    id: 'limit-printed',
    claim: 'However much is printed, what of bot-bottle reads it outside keeps little of it.',
    attack: `print ${MUCH_MIB} MiB at once, and as much as the agent`,
    users: ['agent'], // the output of every user is read in the same way
    breach: "fills the memory of the host, from the launcher's side",
    source: 'CWE-770; as in CVE-2022-31030 (containerd), where what an exec prints fills the memory outside',
    run: {
      last: true,
      deadlineMs: PRINT_DEADLINE_MS + 2_000,
      attack: () => printAll(MUCH_MIB),
      control: () => print(LITTLE_MIB),
    },
  }),
];
