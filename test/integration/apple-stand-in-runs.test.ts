import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBench, sh, type Bench } from '../support/apple/bench.ts';
import { HELD_FILES } from '../support/apple/machine/bundle.ts';
import { findContainer } from '../support/apple/store/containers.ts';
import { bridgeOf } from '../support/apple/store/networks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { collect, until } from '../support/saying.ts';
import { openTerminal } from '../support/terminal.ts';
import { tracesOf } from '../support/traces.ts';

/** How machines of the stand-in for Apple's `container` run, and in which known ways it fails when it is told to. */

let bench: Bench;
beforeAll(async () => void (bench = await openBench()));
afterEach(async () => {
  await bench.standIn.configure({});
  await container(['delete', '--all', '--force']);
});
afterAll(async () => await bench.close());
const container: Bench['container'] = async (...args) => await bench.container(...args);
const run: Bench['run'] = async (...args) => await bench.run(...args);

interface Shown {
  readonly status: { readonly networks: readonly { readonly ipv4Address: string }[] };
}

describe('in which ways it fails when it is told to', () => {
  test('a call that never returns', async () => {
    await bench.standIn.configure({ faults: [{ name: 'hangs', at: 'list' }] });
    const ended = container(['ls'], { timeoutMs: 1_500 });
    await expect(ended).rejects.toThrow('goes on after 1500 ms');
  });

  test('one that never returns when it has done what was asked', async () => {
    await bench.standIn.configure({ faults: [{ name: 'hangs-after', at: 'create' }] });
    await expect(container(['create', '--name', 'made', '{image}'], { timeoutMs: 6_000 })).rejects.toThrow(
      'made\\n',
    );
    expect((await container(['ls', '--all', '--quiet'])).stdout).toBe('made\n');
  });

  test('a service that goes away', async () => {
    await bench.standIn.configure({ faults: [{ name: 'loses-service', at: 'create' }] });
    expect(await container(['create', '--name', 'made', '{image}'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/XPC connection error: Connection interrupted/) as string,
    });
    expect((await container(['ls', '--all', '--quiet'])).stdout).toBe('');
  });

  test('output that is cut off', async () => {
    await container(['run', '-d', '--name', 'cut', '{image}', 'sleep', '60']);
    await bench.standIn.configure({ faults: [{ name: 'truncates-exec-output' }] });
    const { stdout } = await container(['exec', '-i', 'cut', 'seq', '1', '1000']);
    expect(stdout).toHaveLength(1024);
    await container(['delete', '--force', 'cut']);
  });

  test('what was asked for is not applied, and inspect says that it is', async () => {
    const flags = ['--read-only', '--cap-drop', 'ALL', '--volume', '{dir}:/shared'];
    const script =
      'touch /x && echo writable; ls /shared | wc -l; grep CapEff /proc/self/status; ls /sys/class/net';
    await bench.standIn.configure({
      faults: [
        { name: 'root-stays-writable' },
        { name: 'keeps-capabilities' },
        { name: 'none-has-a-network' },
        { name: 'drops-a-mount', at: '/shared' },
      ],
    });
    const { stdout } = await run(...flags, ...sh(script));
    expect(stdout).toMatch(/^writable\n0\nCapEff:\t0*[1-9a-f][0-9a-f]+\neth0\nlo\n$/);
  });

  test('cp loses the mode of a file', async () => {
    await container(['run', '-d', '--name', 'copied', '{image}', 'sleep', '60']);
    const modeAfterCopy = async (): Promise<string> => {
      await container(['cp', '{dir}/file', 'copied:/tmp/']);
      return (await container(['exec', 'copied', 'stat', '-c', '%a %u', '/tmp/file'])).stdout;
    };
    expect(await modeAfterCopy()).toBe('644 0\n');
    await bench.standIn.configure({ faults: [{ name: 'copy-keeps-mode' }] });
    expect(await modeAfterCopy()).toBe('755 0\n');
    await container(['delete', '--force', 'copied']);
    expect(await container(['cp', '{dir}/file', 'copied:/tmp/'])).toMatchObject({ code: 1 });
  });

  test('an internal network that lets TCP out, and one that does not', async () => {
    await container([
      'run',
      '-d',
      '--name',
      'outside',
      ...sh('while :; do nc -l -p 9000 -e echo through; done'),
    ]);
    const [outside] = JSON.parse((await container(['inspect', 'outside'])).stdout) as readonly Shown[];
    const address = outside?.status.networks[0]?.ipv4Address.replace('/24', '') ?? '';
    await container(['network', 'create', '--internal', 'leaky']);
    const knock = async (network: string): Promise<string> =>
      (await container(['run', '--rm', '--network', network, ...sh(`nc -w 2 ${address} 9000 </dev/null`)]))
        .stdout;
    expect(await knock('default')).toBe('through\n');
    expect(await knock('leaky')).toBe('');
    await bench.standIn.configure({ faults: [{ name: 'internal-lets-tcp-out' }] });
    expect(await knock('leaky')).toBe('through\n');
    await container(['network', 'delete', 'leaky']);
    await container(['delete', '--force', 'outside']);
  });

  test('a large Dockerfile', async () => {
    const path = join(bench.dir, 'Dockerfile');
    writeFileSync(path, `FROM scratch\n${'# words\n'.repeat(3000)}`);
    expect(await container(['build', '--file', path, bench.dir])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^Error: invalidArgument: "Dockerfile size \(\d+ bytes\) exceeds the maximum allowed size of 16384 bytes\. See https:\/\/github\.com\/apple\/container\/issues\/735\."/,
      ) as string,
    });
  });
});

describe('sockets', () => {
  /** The host's own Node, since busybox speaks to no Unix socket. */
  const NODE = ['/usr', '/lib', '/lib64', dirname(dirname(process.execPath))].flatMap((path) => [
    '--volume',
    `${path}:${path}:ro`,
  ]);
  const ASK = `require('net').connect(process.argv[1]).on('error', (e) => console.log(e.code)).on('data', (d) => console.log(String(d))).end('hello')`;

  test('one of the host’s by -v carries bytes; in a folder it cannot be used', async () => {
    const ask = async (flags: readonly string[], path: string): Promise<string> =>
      (await run(...NODE, ...flags, '{image}', process.execPath, '-e', ASK, path)).stdout;
    expect(await ask(['--volume', '{dir}/s:/run/one.sock'], '/run/one.sock')).toBe('hello\n');
    expect(await ask(['--volume', '{dir}:/shared'], '/shared/s')).toBe('ECONNREFUSED\n');
    expect(
      (await run('--volume', '{dir}/s:/run/one.sock', '{image}', 'stat', '-c', '%F %a', '/run/one.sock'))
        .stdout,
    ).toBe('socket 755\n');
  });

  test('one of the guest’s shows on the host while it runs; one that the guest has mounted over does not', async () => {
    const path = join(bench.dir, 'published');
    const serve = `require('net').createServer((one) => one.end('from inside')).listen(process.argv[1])`;
    const publish = async (guestPath: string): Promise<string> => {
      const flags = [
        '-d',
        '--rm',
        '--name',
        'publishing',
        ...NODE,
        '--tmpfs',
        '/memory',
        '--publish-socket',
        `${path}:${guestPath}`,
      ];
      await container(['run', ...flags, '{image}', process.execPath, '-e', serve, guestPath]);
      let said = '';
      for (let tries = 0; tries < 20 && !said.includes('inside'); tries += 1) {
        await sleep(200); // it may not serve yet
        said = (await outcomeOf(spawn(process.execPath, ['-e', ASK, path]))).stdout;
      }
      await container(['kill', 'publishing']);
      expect(existsSync(path)).toBe(false);
      return said;
    };
    expect(await publish('/var/s')).toBe('from inside\n');
    expect(await publish('/memory/s')).not.toContain('inside');
  });

  test('one with a path that macOS has no room for', async () => {
    const { code, stderr } = await run(
      '--publish-socket',
      `${bench.dir}/${'s'.repeat(90)}:/var/s`,
      ...sh('true'),
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('is too long for a Unix Domain Socket path') as string,
    });
  });
});

describe('how it runs', () => {
  test('single files are shared with all that lies beside them', async () => {
    const list = async (): Promise<string> =>
      (await container(['run', '--rm', '--volume', '{dir}/file:/alone', ...sh(`ls ${HELD_FILES}/file 2>&1`)]))
        .stdout;
    expect(await list()).toMatch(/^a=b\nfile\ns\n$/);
    await bench.standIn.configure({ version: '0.11.0' });
    expect(await list()).toMatch(/No such file/);
  });

  test('without a terminal signals are handed on; the third ends the program', async () => {
    await container(['run', '-d', '--name', 'signalled', '{image}', 'sleep', '60']);
    const script = 'trap "echo heard" USR1 TERM; echo ready; while :; do sleep 0.1; done';
    const child = spawn(bench.program, ['exec', 'signalled', 'sh', '-c', script]);
    const said = collect(child.stdout);
    await until(() => said().includes('ready'));
    child.kill('SIGUSR1');
    await until(() => said().includes('heard'));
    const ended = outcomeOf(child);
    while (child.exitCode === null) {
      child.kill('SIGTERM');
      await sleep(100);
    }
    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/forcefully exiting/) as string,
    });
    await container(['delete', '--force', 'signalled']);
  });

  test('on a terminal a signal is dropped, the size is told, and the host’s newlines are processed once more', async () => {
    await container(['run', '-d', '--name', 'shown', '{image}', 'sleep', '60']);
    const program = [bench.program, 'exec', '-i', '-t', 'shown', 'sh', '-c'];
    const terminal = openTerminal([...program, 'sleep 1; stty size; read _; exit 5'], {
      columns: 91,
      rows: 17,
    });
    await terminal.shows(/17 91/);
    expect(terminal.received()).toContain('17 91\r\r\n');
    process.kill(terminal.pid, 'SIGTERM');
    terminal.type('\r');
    expect(await terminal.ended()).toBe(5);
    await bench.standIn.configure({ faults: [{ name: 'clears-opost' }] });
    const other = openTerminal([...program, 'echo said; read _'], { columns: 91, rows: 17 });
    await other.shows(/said/);
    expect(other.received()).toContain('said\r\n');
    other.type('\r');
    await other.ended();
    await container(['delete', '--force', 'shown']);
  });

  test('a terminal is needed for one', async () => {
    expect(await run('-i', '-t', ...sh('true'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/notATerminal/) as string,
    });
  });

  test('one that is killed from under an attached program ends that', async () => {
    const ended = container(['run', '--rm', '--name', 'lost', '{image}', 'sleep', '60']);
    const runtime = (): number => findContainer(bench.standIn, 'lost')?.running?.runtime.pid ?? 0;
    await until(() => runtime() !== 0);
    process.kill(runtime(), 'SIGKILL');
    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/XPC connection error/) as string,
    });
    await until(() => findContainer(bench.standIn, 'lost') === undefined);
  });

  test('the program ends and what it started goes on', async () => {
    const child = spawn(bench.program, [
      'run',
      '--rm',
      '--name',
      'goes-on',
      ...bench.inImage('sh', '-c', 'while :; do echo words; sleep 0.05; done'),
    ]);
    const said = collect(child.stdout);
    await until(() => said().includes('words'));
    child.kill('SIGKILL');
    await sleep(500);
    expect((await container(['ls', '--quiet'])).stdout).toBe('goes-on\n');
    await container(['kill', 'goes-on']);
    await until(() => findContainer(bench.standIn, 'goes-on') === undefined);
  });

  test('much output of the first program comes whole', async () => {
    for (let count = 0; count < 5; count += 1) {
      const { stdout, code } = await run(...sh('seq 1 20000; exit 3'));
      expect({ code, bytes: stdout.length }).toEqual({ code: 3, bytes: 108_894 });
    }
  });

  test('a machine ends with the process that stands for it, and leaves nothing', async () => {
    await container(['run', '-d', '--rm', '--name', 'ends-with-it', '{image}', 'sleep', '4711']);
    const { running } = findContainer(bench.standIn, 'ends-with-it') ?? {};
    expect(running).toBeDefined();
    process.kill(running?.runtime.pid ?? 0, 'SIGKILL');
    const words = ['ends-with-it', bridgeOf(bench.standIn, { id: 'default' })];
    // Whoever notices puts away what is left.
    await expect.poll(async () => await tracesOf(words)).toEqual([]);
    expect(await container(['ls', '--all', '--quiet'])).toMatchObject({ stdout: '' });
  });
});
