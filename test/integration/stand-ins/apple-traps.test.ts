import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../../src/bottle/rungs/doctor.ts';
import { agentOwner } from '../../../src/host/user.ts';
import { ANSWERS, type Settings } from '../../support/apple/settings.ts';
import { openAppleHome, type AppleHome } from '../../support/apple/apple-home.ts';

/**
 * The differences between Apple's `container` and Docker, and its failures: the driver's decisions on recorded answers,
 * and with Podman's containers.
 */

let home: AppleHome;
beforeAll(async () => {
  home = await openAppleHome();
  // The first start makes the image.
  const { code, stderr } = await home.run([...home.start, '--', 'true'], { timeoutMs: 200_000 });
  if (code !== 0) throw new Error(stderr);
}, 240_000);
beforeEach(async () => await home.standIn.configure({}));
afterAll(async () => await home.close());

const sh = async (script: string, options: Parameters<AppleHome['run']>[1] = {}) =>
  await home.run([...home.start, '--', 'sh', '-c', script], options);

/** Returns the rung's entry in the output of `doctor`. */
async function rung(env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await home.run(['doctor', '--json'], {
    env: { PATH: home.pathOfAppleAlone, ...env },
    timeoutMs: 180_000,
  });
  return (JSON.parse(stdout) as DoctorReport).rungs.find(({ runtime }) => runtime === 'apple');
}

describe("doctor and Apple's container", () => {
  test.each<readonly [string, Partial<Settings>, string, string, string]>([
    ['ready', {}, 'ready', 'a machine without a network', ''],
    [
      'trap service-down',
      { answers: [ANSWERS.serviceStopped] },
      'installed',
      'does not run',
      'container system start --enable-kernel-install',
    ],
    [
      'trap no-kernel',
      { answers: [ANSWERS.noKernel] },
      'installed',
      'no Linux kernel',
      'container system kernel set --recommended',
    ],
    [
      'trap advisories',
      { version: '1.3.1', serverVersion: '1.3.1' },
      'installed',
      'GHSA-rgqp-277h-gcwj',
      'BOT_BOTTLE_APPLE_OLD=yes',
    ],
    [
      'trap advisories: of a service from before the upgrade',
      { serverVersion: '1.3.1' },
      'installed',
      'still an older one',
      'container system stop',
    ],
    ['trap none-before-1.1.0', { version: '1.0.0' }, 'installed', '--network none', 'container 1.4.1'],
    ['trap macos-before-26', { macosVersion: '15.7' }, 'absent', 'macOS is 15.7', 'macOS 26'],
    [
      'trap never-returns',
      { answers: [ANSWERS.hangs('system status')] },
      'installed',
      'does not answer',
      'container system stop',
    ],
  ])('%s: doctor names the state and the next command', async (...[, settings, status, reason, fix]) => {
    await home.standIn.configure(settings);
    const found = await rung();
    expect(found).toMatchObject({ status });
    expect(found?.reason).toContain(reason);
    expect(found?.fix).toContain(fix);
  });

  test('doctor accepts an old version where the user insists', async () => {
    await home.standIn.configure({ version: '1.3.1', serverVersion: '1.3.1' });
    expect(await rung({ BOT_BOTTLE_APPLE_OLD: 'yes' })).toMatchObject({ status: 'ready' });
  });

  test('doctor runs nothing on a host that is not macOS', async () => {
    const before = readFileSync(home.standIn.logPath, 'utf8');
    const found = await rung({ PATH: '/usr/bin:/bin' });
    expect(found).toMatchObject({ status: 'absent', reason: 'Apple’s container runs on macOS 26 only' });
    expect(readFileSync(home.standIn.logPath, 'utf8')).toBe(before);
  });
});

describe('trap not-applied: what says that it was applied, and was not', () => {
  test.each([
    ['a network', ['^--network none$', '^--no-dns$'], 'network.interfaces'],
    ['a root that can be written', ['^--read-only$'], 'machine.root'],
    ['capabilities', ['^--cap-drop ALL$'], 'machine.capabilities'],
    ['a mount', ['^--volume .*:/work$'], 'machine.mounts'],
  ])('trap not-applied: a start refuses %s', async (_what, notApplied, check) => {
    // The first start confirms that the rung is ready; this stays known until a start fails on it.
    expect(await sh('true')).toMatchObject({ code: 0 });
    await home.standIn.configure({ notApplied });
    const { code, stdout, stderr } = await sh('echo ran');
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain(check);
  });
});

test('trap never-returns: a start gives up, says so, and leaves nothing', async () => {
  await home.standIn.configure({ answers: [ANSWERS.hangs('image inspect')] });
  const before = (await home.run(['ls', '--json'])).stdout;
  const { code, stderr } = await sh('echo ran', { timeoutMs: 120_000 });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/within 20 s/);
  expect((await home.run(['ls', '--json'])).stdout).toBe(before);
});

test('trap never-returns: an agent that is never begun is an error, and nothing is left', async () => {
  await home.standIn.configure({ answers: [ANSWERS.hangs('exec')] });
  const { code, stdout } = await sh('echo ran', { timeoutMs: 80_000 });
  expect({ code, stdout }).toEqual({ code: expect.any(Number), stdout: '' });
  expect(code).not.toBe(0);
  await home.standIn.configure({});
  const { stdout: running } = spawnSync(join(home.standIn.binDir, 'container'), ['ls', '--quiet'], {
    encoding: 'utf8',
  });
  expect(running).not.toContain('bot-bottle-');
});

test('trap missing-program: 127, and 126 for what cannot be run; beside the agent too', async () => {
  expect(await home.run([...home.start, '--', '/no/such'])).toMatchObject({ code: 127 });
  expect(await home.run([...home.start, '--', '/etc/passwd'])).toMatchObject({ code: 126 });
  const bottle = await waiting();
  expect(await home.run(['exec', bottle.id, '--', '/no/such'])).toMatchObject({ code: 127 });
  await bottle.stop();
});

test('trap truncated-output: what is longer than 1 KiB comes whole to a file', async () => {
  await home.standIn.configure({ execOutputBytes: 1024 });
  const bottle = await waiting();
  const path = join(home.dir, 'output');
  const child = spawnSync('sh', ['-c', `exec "$@" > '${path}'`, 'sh', ...execArgs(bottle.id, 'seq 1 5000')], {
    env: envOf(),
    timeout: 80_000,
  });
  // Truncated output is an error, never an end.
  const whole = readFileSync(path, 'utf8').length === 23_893;
  expect({ whole, failed: child.status !== 0 }).toSatisfy(
    (seen: { whole: boolean; failed: boolean }) => seen.whole !== seen.failed,
  );
  await bottle.stop();
});

test('trap exec-env, trap capabilities, trap no-new-privileges: a program beside the agent', async () => {
  const bottle = await waiting();
  const script = 'echo "$HOME $USER"; id -u; grep -E "^(Cap|NoNewPrivs)" /proc/self/status';
  const { stdout } = await home.run(['exec', bottle.id, '--', 'sh', '-c', script]);
  expect(stdout.startsWith(`/home/agent agent\n${agentOwner().uid}\n`)).toBe(true);
  expect(new Set(stdout.match(/Cap\w+:\t(\w+)/g)?.map((line) => line.slice(-16)))).toEqual(
    new Set(['0'.repeat(16)]),
  );
  expect(stdout).toContain('NoNewPrivs:\t1');
  await bottle.stop();
});

test('trap host-terminal: lines, sizes and keys are as on a terminal', async () => {
  const terminal = home.terminal([...home.start, '--', 'sh', '-c', TERMINAL_SCRIPT], {
    columns: 71,
    rows: 19,
  });
  await terminal.shows(/size 19 71/);
  // The user's own terminal adds another carriage return, on every rung: libuv leaves ONLCR set.
  expect(terminal.received()).toMatch(/one\r+\ntwo\r+\n/);
  terminal.resize(60, 17);
  await terminal.shows(/size 17 60/);
  terminal.type('\u0003');
  await terminal.shows(/got INT/);
  terminal.type('\u0010\u0011');
  await sleep(500); // the terminal drops input that comes together with the key
  terminal.type('over\n');
  await terminal.shows(/read over/);
  expect(await terminal.ended()).toBe(5);
});

const TERMINAL_SCRIPT = `
  trap 'echo got INT' INT; trap 'echo size $(stty size)' WINCH
  echo one; echo two; echo size $(stty size)
  while ! read line; do :; done; echo read $line; exit 5`;

test('trap signals-on-a-terminal: one to the launcher reaches the program', async () => {
  const script = `trap 'echo got TERM; exit 3' TERM; echo ready; while :; do sleep 0.1; done`;
  const terminal = home.terminal([...home.start, '--', 'sh', '-c', script]);
  await terminal.shows(/ready/);
  process.kill(terminal.pid, 'SIGTERM');
  const [said] = await terminal.shows(/got TERM/);
  expect(said).toBe('got TERM');
  await terminal.ended();
});

test('trap no-attach: a start and an attach at a terminal say that attach is not supported', async () => {
  const terminal = home.terminal([...home.start, '--', 'sh', '-c', 'echo ready; read line']);
  await terminal.shows(/ready/);
  expect(terminal.received()).toContain('does not support detach');
  terminal.type('\n');
  expect(await terminal.ended()).toBe(0);
});

test('trap long-dockerfile: a long Dockerfile is refused before the builder starts', async () => {
  const path = join(home.dir, 'Dockerfile');
  writeFileSync(path, 'FROM scratch\n');
  appendFileSync(path, '#'.repeat(16 * 1024));
  const where = home.manifest({ image: { dockerfile: 'Dockerfile' }, egress: { allow: [] } });
  const before = readFileSync(home.standIn.logPath, 'utf8').length;
  const { code, stderr } = await home.run(['start', ...where, '--', 'true']);
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('#735') });
  expect(readFileSync(home.standIn.logPath, 'utf8').slice(before)).not.toContain('"build"');
});

test("trap image-environment: an image variable that root's programs obey is refused by name", async () => {
  writeFileSync(join(home.dir, 'Obeyed'), 'FROM scratch\nENV PERL5LIB=/work/lib EDITOR=vi\n');
  const where = home.manifest({ image: { dockerfile: 'Obeyed' }, egress: { allow: [] } });
  const { code, stderr } = await home.run(['start', ...where, '--', 'true']);
  expect({ code, stderr }).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('sets PERL5LIB, which /usr/bin/perl'),
  });
  expect(stderr).toContain('ENV of its Dockerfile');
});

test('trap loses-service: an agent is ended even if the service cannot say whether it runs', async () => {
  const bottle = await waiting();
  await home.standIn.configure({ answers: [ANSWERS.losesService('ls')] });
  const before = readFileSync(home.standIn.logPath, 'utf8').length;
  await home.run(['stop', bottle.id]);
  await home.standIn.configure({});
  expect(readFileSync(home.standIn.logPath, 'utf8').slice(before)).toContain('"TERM"');
  const running = spawnSync(join(home.standIn.binDir, 'container'), ['ls', '--quiet'], { encoding: 'utf8' });
  expect(running).toMatchObject({ status: 0, stdout: expect.not.stringContaining(bottle.id) as string });
});

test('trap missing-container: an end accepts the other wording of older versions for an absent container', async () => {
  await home.standIn.configure({ version: '1.2.2', serverVersion: '1.2.2' });
  const env = { BOT_BOTTLE_APPLE_OLD: 'yes' };
  expect(await sh('exit 3', { env })).toMatchObject({ code: 3 });
  const left = spawnSync(join(home.standIn.binDir, 'container'), ['ls', '--all', '--quiet'], {
    encoding: 'utf8',
  });
  expect(left.stdout).toBe('');
});

test('an agent whose launcher is killed ends by itself, and so does its gateway', async () => {
  const bottle = await waiting();
  const running = (): string =>
    spawnSync(join(home.standIn.binDir, 'container'), ['ls', '--quiet'], { encoding: 'utf8' }).stdout;
  expect(running()).toContain(bottle.id);
  bottle.launcher.kill('SIGKILL');
  for (let look = 0; look < 60 && running().includes(bottle.id); look++) await sleep(250);
  expect(running()).not.toContain(bottle.id);
  await home.run(['gc']);
});

const envOf = (): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  PATH: `${home.standIn.binDir}:${process.env['PATH'] ?? ''}`,
  XDG_STATE_HOME: join(home.dir, 'state'),
  XDG_CACHE_HOME: join(home.dir, 'cache'),
});

const CLI = join(import.meta.dirname, '..', '..', '..', 'dist', 'cli.cjs');
const execArgs = (id: string, script: string): readonly string[] =>
  [process.execPath, CLI, 'exec', id].concat('--', 'sh', '-c', script);

/** Starts a bottle whose agent waits. */
async function waiting() {
  const launcher = home.spawn([...home.start, '--', 'sh', '-c', 'echo ready; cat']);
  let said = '';
  launcher.stderr?.on('data', (piece: Buffer) => (said += piece.toString()));
  await new Promise<void>((resolve, reject) => {
    launcher.stdout?.once('data', () => resolve());
    launcher.once('close', () => reject(new Error(said)));
  });
  const { stdout } = await home.run(['ls', '--json']);
  const row = (JSON.parse(stdout) as { id: string; state: string }[]).findLast(
    ({ state }) => state === 'running',
  );
  const id = row?.id ?? '';
  return { id, launcher, stop: async () => void (await home.run(['stop', id])) };
}
