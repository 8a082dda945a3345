import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endWithChildren } from '../../src/host/process/end-with-children.ts';
import { outcomeOf } from '../support/outcome.ts';
import { openBench, type Bench } from '../support/nerdctl/bench.ts';
import { installNerdctl } from '../support/nerdctl/install.ts';
import type { FaultName } from '../support/nerdctl/settings.ts';

/** What the stand-in for `nerdctl` does with the streams of programs in containers, how it fails, and what is left of it. */

let bench: Bench;
beforeAll(async () => void (bench = await openBench()));
beforeEach(async () => await bench.standIn.configure({}));
afterAll(async () => await bench.close());
const nerdctl: Bench['nerdctl'] = async (...args) => await bench.nerdctl(...args);
const done: Bench['done'] = async (...args) => await bench.done(...args);

/** A call that goes on, to write to and to read from. */
const call = (...args: readonly string[]): ChildProcess =>
  spawn(bench.program, args, { stdio: ['pipe', 'pipe', 'pipe'] });

const untilSaid = async ({ stdout }: ChildProcess, text: string): Promise<void> =>
  await new Promise((resolve) => {
    let said = '';
    stdout?.on('data', (piece: Buffer) => {
      said += piece.toString();
      if (said.includes(text)) resolve();
    });
  });

describe('exec', () => {
  const NAME = 'streams';
  beforeAll(async () => await bench.started(NAME, ['--env', 'KEPT=old', '--env', 'TOO=yes']));
  const exec: Bench['nerdctl'] = async (args, stdin) => await nerdctl(['exec', ...args], stdin);

  test('of any exit code but 0 is 1, and the code is in what is said', async () => {
    expect(await exec([NAME, 'true'])).toEqual({ code: 0, stdout: '', stderr: '' });
    const { code, stdout, stderr } = await exec([NAME, 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'out\n' });
    expect(stderr).toMatch(/^err\ntime="[^"]+" level=fatal msg="exec failed with exit code 7"\n$/);
  });

  test('a program that is not there', async () => {
    const { code, stderr } = await exec([NAME, 'gone']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/OCI runtime exec failed: .*executable file not found/) as string,
    });
  });

  test('user, folder and variables; one of the container is replaced', async () => {
    const flags = ['--user', 'agent', '--workdir', '/var', '--env', 'KEPT=new', '-e', 'MORE=a,b'];
    const { stdout } = await exec([...flags, NAME, 'sh', '-c', 'id -un; pwd; env']);
    expect(stdout).toMatch(/^agent\n\/var\n/);
    const { stdout: variables } = await exec([...flags, NAME, 'env']);
    expect(variables.split('\n')).toEqual(expect.arrayContaining(['KEPT=new', 'MORE=a,b', 'TOO=yes']));
    expect(variables).not.toContain('KEPT=old');
  });

  test('what follows the container is the program’s', async () => {
    expect((await exec([NAME, 'echo', '-i', '--user', 'x'])).stdout).toBe('-i --user x\n');
    expect((await exec([NAME, '--', 'echo', 'y'])).stdout).toBe('y\n');
  });

  test('without -i there is nothing to read; with it, the end is the program’s end', async () => {
    expect(await exec([NAME, 'cat'], 'words')).toMatchObject({ code: 0, stdout: '' });
    expect(await exec(['-i', NAME, 'cat'], 'words')).toMatchObject({ code: 0, stdout: 'words' });
    expect(await exec(['-i', NAME, 'wc', '-c'], '')).toMatchObject({ code: 0, stdout: '0\n' });
  });

  test('bytes go both ways as they are, many and at once', async () => {
    const bytes = randomBytes(24 * 2 ** 20);
    const child = call('exec', '-i', NAME, 'cat');
    const hash = createHash('sha256');
    child.stdout?.on('data', (piece: Buffer) => void hash.update(piece));
    child.stdin?.end(bytes);
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('it answers while it goes on', async () => {
    const child = call('exec', '-i', NAME, 'cat');
    const ended = outcomeOf(child, { stdin: 'last\n' });
    expect(await ended).toMatchObject({ code: 0, stdout: 'last\n' });
    const other = call('exec', '-i', NAME, 'cat');
    other.stdin?.write('first\n');
    await untilSaid(other, 'first\n');
    other.stdin?.end();
    expect(await new Promise((resolve) => other.once('close', resolve))).toBe(0);
  });

  test('-t without a terminal; -d does not wait', async () => {
    const { code, stderr } = await exec(['-t', NAME, 'true']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('provided file is not a console') as string,
    });
    expect(await exec(['-d', NAME, 'sleep', '600'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('SIGTERM is for the program', async () => {
    const script = 'trap "exit 3" TERM; echo begun; while :; do sleep 0.1; done';
    const child = call('exec', '-i', NAME, 'sh', '-c', script);
    await untilSaid(child, 'begun');
    child.kill('SIGTERM');
    expect((await outcomeOf(child)).stderr).toContain('exec failed with exit code 3');
  });

  test('after SIGKILL of the client the program goes on, and its input does not end: the shim holds it open', async () => {
    const child = call('exec', '-i', NAME, 'sh', '-c', 'echo begun; cat; echo ended >/tmp/ended');
    await untilSaid(child, 'begun');
    child.kill('SIGKILL');
    child.stdin?.destroy();
    await new Promise((resolve) => child.once('close', resolve));
    await sleep(1000);
    const { stdout } = await exec([NAME, 'sh', '-c', 'ls /tmp; ps']);
    expect(stdout).not.toMatch(/^ended$/m);
    expect(stdout).toMatch(/ cat\n/);
  });

  test('clients that are killed while they start a program keep nobody from removing the container', async () => {
    await bench.started('struck');
    const began = Date.now();
    await done(['exec', '-i', 'struck', 'true']);
    const tookMs = Date.now() - began;
    for (let strike = 1; strike <= 30; strike += 1) {
      const child = call('exec', '-i', 'struck', 'true');
      const over = new Promise((resolve) => child.once('close', resolve));
      await sleep((tookMs * strike) / 30);
      await endWithChildren(child);
      await over;
    }
    // Where one waits for a killed client, this goes on for half a minute, or for ever.
    const { stdout } = await outcomeOf(call('rm', '--force', 'struck'), { timeoutMs: 20_000 });
    expect(stdout).toBe('struck\n');
  });
});

const CONFINED = '--cap-drop ALL --security-opt no-new-privileges --read-only --memory 64m --tmpfs /x'.split(
  ' ',
);
const FAULTS: readonly {
  readonly name: FaultName;
  readonly at?: string;
  readonly script: string;
  readonly says: RegExp;
}[] = [
  { name: 'keeps-capabilities', script: 'grep CapBnd /proc/self/status', says: /00000000a80425fb/ },
  { name: 'root-stays-writable', script: 'touch /tmp/x && echo written', says: /written/ },
  { name: 'forgets-no-new-privileges', script: 'grep NoNewPrivs /proc/self/status', says: /\t0\n/ },
  { name: 'drops-a-mount', at: '/x', script: 'grep -c " /x " /proc/mounts', says: /^0\n/ },
  { name: 'none-has-a-network', script: 'ip -o link; ip route', says: /eth0[^]*default via/ },
];

describe('told to fail, it does, and inspects what was asked for', () => {
  const specOf = async (): Promise<unknown> => {
    const found = JSON.parse(await done(['container', 'inspect', '--mode=native', 'fault'])) as readonly {
      readonly Spec: object;
    }[];
    const [{ annotations: _, ...spec } = {}] = found.map(({ Spec }) => Spec as { annotations?: object });
    return spec;
  };
  test.each(FAULTS)('$name', async ({ script, says, ...fault }) => {
    await bench.standIn.configure({ faults: [fault] });
    await done(['create', '--name', 'fault', '--network', 'none', ...CONFINED, '{image}', 'sleep', '600']);
    const asked = await specOf();
    await done(['start', 'fault']);
    expect((await nerdctl(['exec', 'fault', 'sh', '-c', script])).stdout).toMatch(says);
    expect(await specOf()).toEqual(asked);
    await done(['rm', '--force', 'fault']);
  });

  test('without one, a program of exec may no more than the container', async () => {
    await bench.started('whole', CONFINED);
    const { stdout } = await nerdctl([
      'exec',
      'whole',
      'grep',
      '-E',
      'CapBnd|NoNewPrivs',
      '/proc/self/status',
    ]);
    expect(stdout).toBe('CapBnd:\t0000000000000000\nNoNewPrivs:\t1\n');
    await done(['rm', '--force', 'whole']);
  });

  test('forgets-resources', async () => {
    await bench.standIn.configure({ faults: [{ name: 'forgets-resources' }] });
    await bench.started('unbound', ['--pids-limit', '50']);
    const id = (await done(['ps', '--quiet', '--no-trunc', '--all'])).trim().split('\n');
    const limits = id.flatMap((each) =>
      [`/sys/fs/cgroup/default/${each}/pids.max`, `/sys/fs/cgroup/pids/default/${each}/pids.max`]
        .filter((path) => existsSync(path))
        .map((path) => readFileSync(path, 'utf8')),
    );
    expect(limits).toContain('max\n');
    expect(limits).not.toContain('50\n');
    await done(['rm', '--force', 'unbound']);
  });

  test('exec-loses-stdin', async () => {
    await bench.started('deaf');
    await bench.standIn.configure({ faults: [{ name: 'exec-loses-stdin' }] });
    const child = call('exec', '-i', 'deaf', 'sh', '-c', 'echo begun; head -c 1 >/tmp/heard; echo heard');
    const said = untilSaid(child, 'heard');
    await untilSaid(child, 'begun');
    child.stdin?.write('x');
    expect(await Promise.race([said.then(() => 'heard'), sleep(500, 'nothing')])).toBe('nothing');
    child.kill('SIGKILL');
    await done(['rm', '--force', 'deaf']);
  });

  test('hangs, and loses-containerd, where it is told to', async () => {
    await bench.standIn.configure({
      faults: [
        { name: 'hangs', at: 'exec' },
        { name: 'loses-containerd', at: 'image inspect' },
      ],
    });
    const child = call('exec', 'gone', 'true');
    const ended = new Promise((resolve) => child.once('close', resolve));
    expect(await Promise.race([ended, sleep(500, 'hangs')])).toBe('hangs');
    child.kill('SIGKILL');
    const { code, stderr } = await nerdctl(['image', 'inspect', '{image}']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('connection refused') as string,
    });
    expect((await nerdctl(['ps'])).code).toBe(0);
  });
});

test('when it is taken away nothing is left: no process, no mount, no folder', async () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'bb-nerdctl-')), 'stand-in');
  const standIn = await installNerdctl(dir);
  const program = join(standIn.binDir, 'nerdctl');
  const own = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await outcomeOf(spawn(program, args));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  await own('load', '--input', join(bench.dir, 'layout.tar'));
  await own('create', '--name', 'left', '--network', 'none', bench.image, 'sleep', '600');
  await own('start', 'left');
  await standIn.remove();
  const commands = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .map((name) => commandOf(name));
  expect(commands.filter((command) => command.includes(dir))).toEqual([]);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(dir);
  expect(existsSync(dir)).toBe(false);
  rmSync(join(dir, '..'), { recursive: true });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
