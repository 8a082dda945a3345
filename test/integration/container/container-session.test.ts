import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import {
  collect,
  driverFor,
  openTestBottle,
  watch,
  type TestBottle,
  type TestOptions,
} from './container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/** The agent's streams, signals and exit code through an engine's connection. */

/** Each engine's connection, and gVisor's terminal and signals. */
const RUNGS: readonly TestOptions[] = [
  { engine: 'docker', runtime: 'runc' },
  { engine: 'docker', runtime: 'runsc' },
  { engine: 'podman', runtime: 'runc' },
  ...onlyWhole<TestOptions>([
    { engine: 'docker', runtime: 'crun' },
    { engine: 'podman', runtime: 'runsc' },
  ]),
];

const bottles: TestBottle[] = [];
afterEach(async () => {
  for (const bottle of bottles.splice(0)) await bottle.remove();
});

async function bottleWith(options: TestOptions, script: string, tty = false): Promise<TestBottle> {
  const argv = ['/bin/sh', '-c', script];
  const bottle = await openTestBottle({ ...options, spec: { argv, tty } });
  bottles.push(bottle);
  return bottle;
}

describe.each(RUNGS)('$engine $runtime', (rung) => {
  it('a session keeps the streams apart, closes standard input and passes on the exit code', async () => {
    const bottle = await bottleWith(rung, 'cat; echo complaint >&2; exit 42');
    const session = await bottle.launch({ stdin: Readable.from(['one\n', 'two\n']) });
    expect(await session.ended()).toEqual({ code: 42, stdout: 'one\ntwo\n', stderr: 'complaint\n' });
  });

  it('a session without input gives end of file', async () => {
    const bottle = await bottleWith(rung, 'cat; echo done');
    expect(await (await bottle.launch()).ended()).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  it('a session loses no byte of a large output', async () => {
    const bottle = await bottleWith(rung, 'seq 1 400000; exit 3');
    const { code, stdout } = await (await bottle.launch()).ended();
    const wanted = Array.from({ length: 400_000 }, (_, index) => `${index + 1}\n`).join('');
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    expect([code, digest(stdout)]).toEqual([3, digest(wanted)]);
  });

  it('a session passes signals on, and reports the signal that ended the program', async () => {
    const bottle = await bottleWith(
      rung,
      'trap "echo got it; exit 5" TERM; echo ready; while :; do sleep 0.1; done',
    );
    const session = await bottle.launch();
    await session.until(/ready/);
    session.session.signal('SIGTERM');
    expect(await session.ended()).toMatchObject({ code: 5, stdout: 'ready\ngot it\n' });

    const deaf = await bottleWith(rung, 'trap "" TERM; echo ready; while :; do sleep 0.1; done');
    const other = await deaf.launch();
    await other.until(/ready/);
    other.session.signal('SIGTERM');
    other.session.signal('SIGKILL');
    expect((await other.ended()).code).toBe(137);
  });

  it('a session ends a program without handlers at SIGTERM, though it is process 1', async () => {
    const bottle = await openTestBottle({ ...rung, spec: { argv: ['sleep', '1000'] } });
    bottles.push(bottle);
    const session = await bottle.launch();
    await bottle.driver.stop(bottle.spec, 20_000);
    expect((await session.ended()).code).toBe(143);
    expect(await bottle.driver.isRunning(bottle.spec)).toBe(false);
  });

  it('a terminal session has a size, resizes, and passes Ctrl-C and the exit code', async () => {
    const script =
      'stty size; trap "stty size; echo winch" WINCH; trap "echo int; exit 9" INT; echo ready; while :; do sleep 0.1; done';
    const bottle = await bottleWith(rung, script, true);
    const stdin = new PassThrough();
    const session = await bottle.launch({ stdin, size: { columns: 101, rows: 31 } });
    await session.until(/ready/);
    session.session.resize({ columns: 77, rows: 22 });
    await session.until(/22 77\r\nwinch/);
    stdin.write('\u0003');
    expect((await session.ended()).code).toBe(9);
  });

  it('a session detaches from an agent and attaches again', async () => {
    const script =
      'trap "echo redrawn" WINCH; echo ready; while :; do read -r line || continue; echo "got $line"; [ "$line" = end ] && exit 6; done';
    const bottle = await bottleWith(rung, script, true);
    const size = { columns: 80, rows: 24 };
    const first = new PassThrough();
    const session = await bottle.launch({ stdin: first, size });
    await session.until(/ready/);
    await session.session.detach();
    expect((await session.ended()).code).toBeUndefined();
    expect(await bottle.driver.isRunning(bottle.spec)).toBe(true);

    const again = new PassThrough();
    const streams = collect(true, { stdin: again, size });
    const second = watch(await bottle.driver.attach(bottle.spec, streams.io), streams);
    await second.until(/redrawn/);
    again.write('hello\n');
    await second.until(/got hello/);
    again.write('end\n');
    expect((await second.ended()).code).toBe(6);
    await expect(bottle.driver.attach(bottle.spec, collect(true, { size }).io)).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('an exec runs beside the agent as the same user, with no more rights', async () => {
    const bottle = await openTestBottle(rung);
    bottles.push(bottle);
    const agent = await bottle.launch();
    const status = await bottle.exec([
      'sh',
      '-c',
      'id -u; grep -E "^Cap(Eff|Bnd)" /proc/self/status; pwd; exit 4',
    ]);
    const { uid } = driverFor(rung.engine).fileOwner(bottle.spec.rung);
    expect(status.code).toBe(4);
    expect(status.stdout).toBe(`${uid}\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n/work\n`);
    expect(await bottle.exec(['cat'], { stdin: Readable.from(['in']) })).toMatchObject({
      code: 0,
      stdout: 'in',
    });
    expect((await bottle.exec(['sh', '-c', 'kill -KILL $$'])).code).toBe(137);
    const startEndless = async () => {
      const streams = collect(false, {});
      const request = { argv: ['sh', '-c', 'echo up; sleep 1000'], env: {}, cwd: '/' };
      const endless = watch(await bottle.driver.exec(bottle.spec, request, streams.io), streams);
      await endless.until(/up/);
      return endless;
    };
    const signalled = await startEndless();
    signalled.session.signal('SIGTERM');
    expect((await signalled.ended()).code).toBe(143);
    const left = await startEndless();
    agent.session.signal('SIGKILL');
    await agent.ended();
    expect((await left.ended()).code).toBe(137);
    await expect(bottle.exec(['true'])).rejects.toMatchObject({ code: 'usage' });
  });

  it("the agent can write to its workspace, owned by the host's user", async () => {
    const bottle = await bottleWith(rung, 'echo work > made; ls -ln made | cut -d" " -f3');
    const { stdout } = await (await bottle.launch()).ended();
    expect(stdout.trim()).toBe(String(bottle.driver.fileOwner(bottle.spec.rung).uid));
    expect(readFileSync(join(bottle.workspace, 'made'), 'utf8')).toBe('work\n');
  });
});
