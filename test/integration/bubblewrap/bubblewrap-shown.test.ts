import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, constants, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentOwner, isRoot } from '../../../src/host/user.ts';
import { openTestBottle, type TestBottle } from './bubblewrap.bottle.ts';

/**
 * The host folders that a bottle sees carry nothing out: neither a socket nor a FIFO, whenever a program of the host
 * makes it. A plain process makes each attack too, and there it must work. Root also tries the system folders
 * themselves.
 */

/** The path on the host, and the path in the bottle. */
const mounted = { hostPath: mkdtempSync(join(tmpdir(), 'bb-shown-')), guestPath: '/shown' };
const places = [mounted, ...(isRoot() ? [inSystem('share'), inSystem('lib')] : [])];

function inSystem(name: string) {
  const path = mkdtempSync(`/usr/local/${name}/bb-shown-`);
  return { hostPath: path, guestPath: path };
}

const heard: string[] = [];
const servers: Server[] = [];
const fifos: { readonly path: string; readonly descriptor: number }[] = [];

/**
 * Starts a program of the host that listens on a socket, and one that reads from a FIFO; anybody may write to either.
 */
async function listenIn(folder: string, name: string): Promise<void> {
  const [socket, fifo] = [join(folder, `${name}.socket`), join(folder, `${name}.fifo`)];
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve) => servers.push(server.listen(socket, resolve)));
  server.on('connection', () => heard.push(socket));
  execFileSync('mkfifo', [fifo]);
  fifos.push({ path: fifo, descriptor: openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK) });
  for (const path of [socket, fifo]) chmodSync(path, 0o777);
}

/** Returns the data that came to the host since the last call; its sender has ended. */
async function arrived(): Promise<readonly string[]> {
  // The event loop accepts connections between two of these turns.
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  for (const { path, descriptor } of fifos) {
    try {
      if (readSync(descriptor, Buffer.alloc(64)) > 0) heard.push(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error; // a writer has it open, but has sent nothing
    }
  }
  return heard.splice(0).sort();
}

const sending = (folder: string, name: string): string =>
  `use Socket; use Fcntl; $SIG{PIPE} = "IGNORE"; my $path = "${folder}/${name}";
  socket my $s, AF_UNIX, SOCK_STREAM, 0; if (connect $s, pack_sockaddr_un("$path.socket")) { syswrite $s, "secret" }
  if (sysopen my $f, "$path.fifo", O_WRONLY | O_NONBLOCK) { syswrite $f, "secret" }
  print -S "$path.socket" ? "seen" : "hidden";`;

let bottle: TestBottle;
beforeAll(async () => {
  for (const { hostPath } of places) {
    chmodSync(hostPath, 0o755);
    await listenIn(hostPath, 'before');
  }
  const work = mkdtempSync(join(tmpdir(), 'bb-work-'));
  chmodSync(work, 0o755);
  bottle = await openTestBottle({
    spec: {
      cwd: '/',
      mounts: [
        { hostPath: work, guestPath: '/work', readOnly: false },
        { ...mounted, readOnly: true },
      ],
    },
  });
  await bottle.launch();
  for (const { hostPath } of places) await listenIn(hostPath, 'after');
});
afterAll(async () => {
  await bottle.remove();
  for (const server of servers) server.close();
  for (const { descriptor } of fifos) closeSync(descriptor);
  for (const { hostPath } of places) rmSync(hostPath, { recursive: true });
});

describe.each(places)('mounts at $guestPath', ({ hostPath, guestPath }) => {
  test.each(['before', 'after'])(
    'a socket and a FIFO made %s the start let nothing out of the bottle',
    async (name) => {
      const outside = execFileSync('perl', ['-e', sending(hostPath, name)], {
        encoding: 'utf8',
        ...(isRoot() ? agentOwner() : {}),
      });
      expect(outside).toBe('seen');
      const ways = [`${hostPath}/${name}.fifo`, `${hostPath}/${name}.socket`];
      expect(await arrived()).toEqual(ways);
      const inside = await bottle.exec(['perl', '-e', sending(guestPath, name)]);
      expect(inside).toMatchObject({ code: 0, stdout: 'seen' });
      expect(await arrived()).toEqual([]);
    },
  );
});

test('system programs and libraries work through the overlays', async () => {
  const { code, stdout } = await bottle.exec([
    'sh',
    '-c',
    'perl -MPOSIX -e "print 7" && ls /usr/share | head -1',
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^7\S/);
});

describe.runIf(isRoot())('a home folder below /usr', () => {
  const home = mkdtempSync('/usr/src/bb-home-');
  chmodSync(home, 0o755);
  mkdirSync(join(home, '.ssh'));
  writeFileSync(join(home, '.ssh', 'id'), 'secret');
  afterAll(() => rmSync(home, { recursive: true }));

  test('a bottle does not show a home folder below /usr, though everybody outside can read it', async () => {
    const read = ['cat', join(home, '.ssh', 'id')] as const;
    expect(execFileSync(read[0], [read[1]], { encoding: 'utf8', ...agentOwner() })).toBe('secret');
    expect(await bottle.exec(read)).toMatchObject({ code: 1, stdout: '' });
    expect((await bottle.exec(['ls', '/usr', '/usr/local'])).stdout).not.toContain('src');
  });
});
