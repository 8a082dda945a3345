import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentOwner, isRoot } from '../../../src/host/user.ts';
import { openTestBottle, type TestBottle } from './bubblewrap.bottle.ts';

/**
 * Attacks of a compromised agent on the kernel and on its neighbours. Each attack prints `through` if it worked, and
 * runs twice: in a plain process of the same user, where it must work, and in a bottle, where it must not.
 */

const execFileLater = promisify(execFile);

/** A world-writable folder, for the attacks in the open. */
const openFolder = mkdtempSync(join(tmpdir(), 'bb-open-'));
chmodSync(openFolder, 0o777);

function fileWith(text: string): string {
  const path = join(openFolder, 'attack.pl');
  writeFileSync(path, text);
  return path;
}

let bottle: TestBottle;
beforeAll(async () => {
  bottle = await openTestBottle();
  await bottle.launch();
});
afterAll(async () => {
  await bottle.remove();
  rmSync(openFolder, { recursive: true });
});

/** Perl that returns true if the attack worked; `$!` is the reason if it did not. */
interface Attack {
  readonly name: string;
  readonly perl: string;
  /** Runs in the open as root of a user namespace: as in a bottle without the measure. */
  readonly asNamespaceRoot?: true;
}

/**
 * The process whose memory and files the attack searches: in a bottle its first program, outside another process of the
 * user.
 */
const VICTIM = 'sub victim { my $p = $ENV{TARGET} || fork; if (!$p) { sleep 2; exit } $p }';

const program = (perl: string): string =>
  `${VICTIM} print eval { ${perl} } ? "through\\n" : "refused: " . ($@ || $!) . "\\n"`;

/** The numbers are those of x86-64; on other machines only unit tests cover the filter's table. */
const ATTACKS: readonly Attack[] = [
  { name: 'a user namespace', perl: 'syscall(272, 0x10000000) == 0' },
  {
    name: 'a user namespace by clone',
    perl: 'my $p = syscall(56, 0x10000011, 0, 0, 0, 0); exit if !$p; $p > 0',
  },
  {
    name: 'a user namespace by clone3, which no filter can look into',
    perl: 'my $a = pack("Q11", 0x10000000, 0, 0, 0, 17, (0) x 6); my $p = syscall(435, $a, 88); exit if !$p; $p > 0',
  },
  {
    name: 'a mount',
    perl: 'my ($t, $d) = ("tmpfs", "/tmp"); syscall(165, $t, $d, $t, 0, 0) == 0',
    asNamespaceRoot: true,
  },
  { name: 'a new root folder', perl: 'my $d = "/tmp"; syscall(161, $d) == 0', asNamespaceRoot: true },
  { name: 'another host name', perl: 'my $n = "x"; syscall(170, $n, 1) == 0', asNamespaceRoot: true },
  { name: 'a raw socket', perl: 'use Socket; socket my $s, AF_INET, SOCK_RAW, 1', asNamespaceRoot: true },
  { name: 'a packet socket', perl: 'use Socket; socket my $s, 17, SOCK_RAW, 0x300', asNamespaceRoot: true },
  {
    name: 'an address for lo',
    perl: 'use Socket; socket my $s, AF_INET, SOCK_DGRAM, 0; my $a = pack "a16 S n a4 x8", "lo", 2, 0, "\\x0a\\0\\0\\1"; ioctl $s, 0x8916, $a',
    asNamespaceRoot: true,
  },
  {
    name: 'a socket of NETLINK_XFRM, whose number is that of TCP',
    perl: 'use Socket; socket my $s, 16, SOCK_RAW, 6',
  },
  { name: 'a socket of UDP-Lite', perl: 'use Socket; socket my $s, AF_INET, SOCK_DGRAM, 136' },
  {
    name: 'a question about bridges, for which the kernel loads a module',
    perl: 'use Socket; socket my $s, AF_UNIX, SOCK_DGRAM, 0; my $q = pack "x24"; ioctl($s, 0x8940, $q) || !$!{EPERM}',
  },
  { name: "the kernel's generic netlink", perl: 'use Socket; socket my $s, 16, SOCK_RAW, 16' },
  {
    name: 'tracing another process',
    perl: 'my $p = fork; if (!$p) { sleep 5; exit } my $r = syscall(101, 16, $p, 0, 0); kill 9, $p; $r == 0',
  },
  {
    name: 'the memory of its first program',
    perl: 'open my $m, "+<", "/proc/" . victim() . "/mem"',
  },
  {
    name: 'the environment of its first program',
    perl: 'open my $m, "<", "/proc/" . victim() . "/environ"',
  },
  {
    name: 'the descriptors of its first program',
    perl: 'opendir my $m, "/proc/" . victim() . "/fd"',
  },
  { name: 'a keyring', perl: 'syscall(250, 0, -3, 1) > 0' },
  { name: 'a key', perl: 'my ($t, $d, $p) = ("user", "bb", "x"); syscall(248, $t, $d, $p, 1, -3) > 0' },
  { name: 'io_uring', perl: 'my $p = "\\0" x 120; syscall(425, 4, $p) >= 0' },
  { name: 'userfaultfd', perl: 'syscall(323, 1) >= 0' },
  { name: 'fanotify', perl: 'syscall(300, 0x200, 0) >= 0' },
  { name: 'executable data', perl: 'syscall(135, 0x400000) >= 0' },
  { name: 'more CPUs', perl: 'my $m = pack "Q", 1; syscall(203, 0, 8, $m) == 0' },
  {
    name: 'a setting of the kernel',
    perl: 'my $n = 0; my @d = "/proc/sys"; while (my $d = shift @d) { for (glob "$d/*") { if (-d) { push @d, $_ } elsif (open my $f, ">>", $_) { $n++ } } } $n > 0',
    asNamespaceRoot: true,
  },
  {
    name: 'a set-user-id program',
    perl: 'my $p = open my $su, "|-", "su" or die; select undef, undef, undef, 0.3; open my $s, "<", "/proc/$p/status"; my $r = join("", <$s>) =~ /^Uid:\\t\\d+\\t0\\t/m; kill 9, $p; $r',
  },
  { name: 'a file of /usr', perl: 'open my $f, ">", ($ENV{OPEN_FOLDER} || "/usr/local/bin") . "/planted"' },
  { name: 'a file of the root folder', perl: 'open my $f, ">", ($ENV{OPEN_FOLDER} || "") . "/planted"' },
  { name: 'its own first program', perl: 'open my $f, ">>", $ENV{OPEN_FILE} || "/run/bot-bottle/init.pl"' },
];

/** Does not use spawnSync: the canaries run in this process, and must be able to answer. */
async function inTheOpen(perl: string, asNamespaceRoot = false): Promise<string> {
  const command = ['perl', '-e', program(perl)];
  const [name = '', ...args] = asNamespaceRoot
    ? ['unshare', '-Urmnpuf', '--mount-proc', ...command]
    : command;
  const env = { PATH: process.env['PATH'], OPEN_FOLDER: openFolder, OPEN_FILE: join(openFolder, 'own') };
  const { stdout, stderr } = await execFileLater(name, args, {
    cwd: '/',
    env,
    ...(isRoot() ? agentOwner() : {}),
  });
  return stdout + stderr;
}

describe.runIf(process.arch === 'x64')('attacks that a bottle refuses and the host allows', () => {
  test.each(ATTACKS)('$name', async ({ perl, asNamespaceRoot }) => {
    expect(await inTheOpen(perl, asNamespaceRoot)).toContain('through');
    const inside = await bottle.exec(['env', 'TARGET=1', 'perl', '-e', program(perl)]);
    expect(inside.stdout + inside.stderr).toMatch(/^refused: /);
  });
});

test("the bottle's first program cannot be killed, stopped, or exempted from the out-of-memory killer", async () => {
  const { stdout } = await bottle.exec([
    'sh',
    '-c',
    'kill -9 1; kill -STOP 1; kill -TERM 1; echo 0 > /proc/1/oom_score_adj; cat /proc/1/oom_score_adj',
  ]);
  expect(stdout).toBe('1000\n');
  expect((await bottle.exec(['echo', 'still here'])).stdout).toBe('still here\n');
});

test('an exec is refused with the reason when no process is left for it', async () => {
  const full = await openTestBottle({ spec: { resources: { ...bottle.spec.resources, pids: 32 } } });
  try {
    await full.launch();
    // Forks again and again: a process slot that an exec below holds for a moment is free for the bomb afterwards.
    const bomb =
      'for (;;) { my $p = fork; if (!defined $p) { select undef, undef, undef, 0.02 } elsif (!$p) { sleep 600; exit } }';
    full.exec(['perl', '-e', bomb]).catch(() => undefined); // the session ends with the bottle
    const exec = async (): Promise<unknown> => await full.exec(['true']).catch((error: unknown) => error);
    await expect.poll(async () => String(await exec())).toMatch(/no further process/);
  } finally {
    await full.remove();
  }
});

test("terminal tricks fail on a bottle's terminal, and work on one of the host", async () => {
  const perl = program('my $d = pack "i", 0; ioctl STDIN, 0x5423, $d'); // TIOCSETD to what it is: harmless, and always there
  const open = spawnSync('script', ['-qec', `perl ${fileWith(perl)}`, '/dev/null'], { encoding: 'utf8' });
  expect(open.stdout).toContain('through');
  const inside = await bottle.exec(['perl', '-e', perl], { size: { columns: 80, rows: 24 } });
  expect(inside.stdout).toContain('refused: Operation not permitted');
});

describe('Unix sockets of the host', () => {
  const heard: string[] = [];
  const servers: Server[] = [];
  const listen = (path: string): Promise<void> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        heard.push(path);
        socket.end('canary');
      });
      servers.push(server.listen(path, resolve));
    });
  afterAll(() => servers.forEach((server) => server.close()));

  /** The length of an abstract name is significant: Node pads the name with zeros to the whole address, or does not. */
  const connecting = (path: string): string =>
    `use Socket; for my $form ("a*", "a108") { socket my $s, AF_UNIX, SOCK_STREAM, 0; connect $s, pack "S $form", AF_UNIX, ${path} and return <$s> eq "canary" }`;

  test('a program in a bottle cannot connect to an abstract socket of the host', async () => {
    const name = `bot-bottle-canary-${process.pid}`;
    await listen(`\0${name}`);
    const perl = connecting(`"\\0${name}"`);
    expect(await inTheOpen(perl)).toContain('through');
    expect(heard).toHaveLength(1);
    const inside = await bottle.exec(['perl', '-e', program(perl)]);
    expect(inside.stdout).toContain('refused');
    expect(heard).toHaveLength(1);
  });

  test('a program in a bottle cannot connect to a host socket in a mounted folder, however deep or named', async () => {
    const folder = join(openFolder, 'deep', 'er');
    mkdirSync(folder, { recursive: true });
    await listen(join(folder, 's'));
    chmodSync(join(folder, 's'), 0o777);
    heard.length = 0;
    const link = join(openFolder, 'link');
    symlinkSync('.', link);
    const second = await openTestBottle({
      spec: { mounts: [{ hostPath: link, guestPath: '/work', readOnly: false }] },
    });
    try {
      await second.launch();
      expect(await inTheOpen(connecting(JSON.stringify(join(folder, 's'))))).toContain('through');
      expect(heard).toHaveLength(1);
      const inside = await second.exec(['perl', '-e', program(connecting('"/work/deep/er/s"'))]);
      expect(inside.stdout).toContain('refused');
      expect(heard).toHaveLength(1);
      expect(second.prepared.evidence['sockets']).toBe('covered in the mounted folders: /work/deep/er/s');
    } finally {
      await second.remove();
    }
  });
});
