import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { bubblewrapDriver as driver } from '../../../src/drivers/bubblewrap/driver.ts';
import type { BottleSpec } from '../../../src/drivers/driver.ts';
import { collect, openTestBottle, watch, type TestBottle, type TestSession } from './bubblewrap.bottle.ts';

/** The streams, the terminal and the exit code of programs in a bottle. */

const bottles: TestBottle[] = [];
afterEach(async () => {
  await Promise.all(bottles.splice(0).map(async (bottle) => await bottle.remove()));
});

async function open(spec: Partial<BottleSpec>): Promise<TestBottle> {
  const bottle = await openTestBottle({ spec });
  bottles.push(bottle);
  return bottle;
}

const size = { columns: 100, rows: 30 };

async function openTerminal(
  script: string,
): Promise<{ bottle: TestBottle; agent: TestSession; type: (keys: string) => void }> {
  const stdin = new Readable({ read: () => undefined });
  const bottle = await open({ argv: ['bash', '--norc', '-c', script], tty: true });
  const agent = await bottle.launch({ stdin, size });
  return { bottle, agent, type: (keys) => void stdin.push(keys) };
}

describe('a session with pipes', () => {
  test('a session with pipes passes every byte in both directions', async () => {
    const bytes = randomBytes(8 * 1024 * 1024);
    const bottle = await open({ argv: ['sh', '-c', 'tee /work/got; echo done >&2'] });
    const agent = await bottle.launch({
      stdin: Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]),
    });
    const { code, stdout, stderr } = await agent.ended();
    const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    expect(digest(Buffer.from(stdout, 'latin1'))).toBe(digest(bytes));
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'done\n' });
  });

  test.each<[string, string[], number]>([
    ['its own', ['sh', '-c', 'exit 7'], 7],
    ['128+n of a signal', ['sh', '-c', 'kill -SEGV $$'], 139],
    ['127 for a program that is not there', ['no-such-program'], 127],
    ['126 for one that is none', ['/etc/passwd'], 126],
  ])('a session passes on the exit code %s', async (_, argv, code) => {
    const bottle = await open({ argv });
    const agent = await bottle.launch();
    expect((await agent.ended()).code).toBe(code);
    expect(await driver.isRunning(bottle.spec)).toBe(false);
  });

  test('without input a program reads end of file, and can open its output by name', async () => {
    const bottle = await open({ argv: ['sh', '-c', 'cat; echo out >/dev/stdout; echo err >/dev/stderr'] });
    const agent = await bottle.launch();
    expect(await agent.ended()).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  test('output left in a pipe is not lost when another process holds the pipe open', async () => {
    const bottle = await open({});
    await bottle.launch();
    const { code, stdout } = await bottle.exec(['sh', '-c', 'sleep 60 & seq 1 9000; exit 3']);
    expect(code).toBe(3);
    expect(stdout.trim().split('\n')).toHaveLength(9000);
  });

  test('a signal reaches the program and its children, even while it reads no input', async () => {
    const bottle = await open({
      argv: ['sh', '-c', 'trap "echo trapped; exit 5" USR1; echo up; sleep 60 & wait'],
    });
    const agent = await bottle.launch({ stdin: Readable.from([randomBytes(4 * 1024 * 1024)]) });
    await agent.until(/up/);
    agent.session.signal('SIGUSR1');
    expect(await agent.ended()).toEqual({ code: 5, stdout: 'up\ntrapped\n', stderr: '' });
  });
});

describe('an exec', () => {
  const script =
    'grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Cpus_allowed_list)" /proc/self/status; cat /proc/self/limits; ls -l /proc/self/ns | sed "s/.*-> //"; cat /proc/self/uid_map; ls /proc/self/fd | wc -l';

  test("an exec has the agent's identity, capabilities, filter, limits, namespaces and descriptors", async () => {
    const bottle = await open({ argv: ['sh', '-c', `${script}; echo that-is-all; sleep 60`] });
    const agent = await bottle.launch();
    const own = (await agent.until(/that-is-all/)).replace('that-is-all\n', '');
    expect(own).toMatch(/^CapBnd:\t0000000000000000$/m);
    expect(own).toMatch(/^Seccomp:\t2$/m);
    expect(own).toMatch(/^NoNewPrivs:\t1$/m);
    expect(own).toMatch(/^4$/m); // three streams, and the folder that `ls` reads
    expect((await bottle.exec(['sh', '-c', script])).stdout).toBe(own);
  });

  test("an exec has the agent's variables and those given to it", async () => {
    const bottle = await open({ env: { PATH: '/usr/bin:/bin', TOKEN: 'a', HOME: '/home/agent' } });
    await bottle.launch();
    const streams = collect({});
    const request = {
      argv: ['sh', '-c', 'echo $TOKEN $EXTRA $HOME'],
      env: { EXTRA: 'b', HOME: '/tmp' },
      cwd: '/',
    };
    const session = await driver.exec(bottle.spec, request, { tty: false, ...streams.io });
    expect((await watch(session, streams).ended()).stdout).toBe('a b /tmp\n');
  });

  test('an exec ends with its client, and the agent goes on', async () => {
    const bottle = await open({});
    await bottle.launch();
    const streams = collect({});
    const request = { argv: ['sleep', '4321'], env: {}, cwd: '/' };
    const session = await driver.exec(bottle.spec, request, { tty: false, ...streams.io });
    await expect(session.detach()).rejects.toMatchObject({ code: 'usage' });
    session.signal('SIGTERM');
    expect(await session.exitCode).toBe(143);
    expect((await bottle.exec(['sh', '-c', 'ps ax | grep -c "[s]leep 4321"'])).stdout.trim()).toBe('0');
    expect(await driver.isRunning(bottle.spec)).toBe(true);
  });

  test('an exec is refused before the agent starts and after it ends', async () => {
    const bottle = await open({ argv: ['true'] });
    await expect(bottle.exec(['true'])).rejects.toMatchObject({ code: 'usage' });
    await (await bottle.launch()).ended();
    await expect(bottle.exec(['true'])).rejects.toMatchObject({ code: 'usage' });
  });

  test('an exec has a terminal if it asks for one', async () => {
    const bottle = await open({});
    await bottle.launch();
    const { code, stdout } = await bottle.exec(['sh', '-c', 'tty; stty size; exit 4'], { size });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '/dev/pts/0\r\n30 100\r\n' });
  });
});

describe('a session with a terminal', () => {
  test('a terminal session has a name, a size and job control, and passes on a resize', async () => {
    const { agent } = await openTerminal(
      'tty; stty size; trap "stty size; exit 0" WINCH; echo up; while :; do sleep 0.1; done',
    );
    await agent.until(/up/);
    agent.session.resize({ columns: 77, rows: 11 });
    const { code, stdout } = await agent.ended();
    expect(code).toBe(0);
    expect(stdout.replaceAll('\r', '')).toBe('/dev/pts/0\n30 100\nup\n11 77\n');
  });

  test('Ctrl-C travels as a byte and interrupts the foreground program', async () => {
    const { agent, type } = await openTerminal('trap "echo interrupted; exit 9" INT; echo up; sleep 60');
    await agent.until(/up/);
    type('\x03');
    const { code, stdout } = await agent.ended();
    expect(code).toBe(9);
    expect(stdout).toContain('interrupted');
  });

  test('a terminal session delivers the last burst of output before the exit code', async () => {
    const { agent } = await openTerminal('seq 1 20000; exit 6');
    const { code, stdout } = await agent.ended();
    expect(code).toBe(6);
    expect(stdout).toMatch(/\n20000\r\n$/);
  });

  test('a detached terminal session goes on, and a client that attaches sees the last output', async () => {
    const { bottle, agent } = await openTerminal(
      'echo first; while read -r line; do echo "got $line"; [ "$line" = end ] && exit 8; done',
    );
    await agent.until(/first/);
    await agent.session.detach();
    expect((await agent.ended()).code).toBeUndefined();
    expect(await driver.isRunning(bottle.spec)).toBe(true);

    const stdin = new Readable({ read: () => undefined });
    const streams = collect({ stdin, size: { columns: 60, rows: 20 } });
    const second = watch(await driver.attach(bottle.spec, { tty: true, ...streams.io }), streams);
    await second.until(/first/);
    stdin.push('one\n');
    await second.until(/got one/);
    stdin.push('end\n');
    expect((await second.ended()).code).toBe(8);
    expect(await driver.isRunning(bottle.spec)).toBe(false);
    await expect(driver.attach(bottle.spec, { tty: true, ...streams.io })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  test('a client that attaches replaces the one before', async () => {
    const { bottle, agent, type } = await openTerminal('echo first; cat');
    await agent.until(/first/);
    const stdin = new Readable({ read: () => undefined });
    const streams = collect({ stdin, size });
    const second = watch(await driver.attach(bottle.spec, { tty: true, ...streams.io }), streams);
    expect((await agent.ended()).code).toBeUndefined();
    type('nobody hears this\n');
    stdin.push('mine\n\x04');
    expect((await second.ended()).code).toBe(0);
    expect(second.output()).toContain('mine');
    expect(second.output()).not.toContain('nobody hears this');
  });

  test('typing while a program ends or is detached loses neither the exit code nor the program', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { agent, type } = await openTerminal('read -r line; [ "$line" = detach ] && sleep 60; exit 5');
      const typing = setInterval(() => type('x\n'.repeat(10)), 1);
      if (round % 2 === 1) await agent.session.detach();
      const { code } = await agent.ended();
      clearInterval(typing);
      expect(code).toBe(round % 2 === 1 ? undefined : 5);
    }
  });

  test('a full screen is redrawn for a client that attaches with the same size', async () => {
    const { bottle, agent } = await openTerminal(
      'trap "echo drawn" WINCH; echo up; while :; do sleep 0.1; done',
    );
    await agent.until(/up/);
    await agent.session.detach();
    const streams = collect({ size });
    const second = watch(await driver.attach(bottle.spec, { tty: true, ...streams.io }), streams);
    expect(await second.until(/drawn/)).toContain('drawn');
  });

  test('an agent without a client is not blocked by its output, and the last of it is kept', async () => {
    const { bottle, agent } = await openTerminal('read go; seq 1 200000; echo all; read -r x');
    await agent.session.detach();
    const stdin = new Readable({ read: () => undefined });
    const streams = collect({ stdin, size });
    const second = watch(await driver.attach(bottle.spec, { tty: true, ...streams.io }), streams);
    stdin.push('go\n');
    await second.until(/go/);
    await second.session.detach();
    const again = collect({ size });
    const third = watch(await driver.attach(bottle.spec, { tty: true, ...again.io }), again);
    await third.until(/\n200000\r\nall/);
    expect(third.output().length).toBeGreaterThan(60_000);
  });
});
