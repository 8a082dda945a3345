import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../../src/bottle/rungs/doctor.ts';
import { findProcessesOf } from '../../../src/host/processes.ts';
import { openMacHome, type MacHome } from '../../support/macos/mac-home.ts';

/**
 * The launcher on a host without /proc and other parts of Linux, such as macOS: test/support/macos imitates such a
 * host.
 */

let mac: MacHome;
beforeAll(async () => {
  mac = await openMacHome();
}, 60_000);
afterAll(async () => await mac.close());

type Listed = readonly { readonly id: string; readonly state: string }[];
const listed = async (): Promise<Listed> => JSON.parse((await mac.run(['ls', '--json'])).stdout) as Listed;
const stateOf = async (id: string) => (await listed()).find((one) => one.id === id)?.state;

/** Starts a bottle that waits; returns its id once it runs. */
async function startWaiting() {
  const before = new Set((await listed()).map(({ id }) => id));
  const launcher = mac.spawn([...mac.apple.start, '--', 'sleep', '600']);
  const over = once(launcher, 'exit');
  for (let look = 0; look < 300; look += 1) {
    const id = (await listed()).find((one) => one.state === 'running' && !before.has(one.id))?.id;
    if (id !== undefined) return { id, launcher, over };
    await sleep(200);
  }
  throw new Error('no bottle runs');
}

/** Returns the status that a bottle gets for a name: 403 by the policy, 502 if the lookup fails. */
const ask = async (id: string): Promise<string> => {
  const curl = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://named.invalid/'];
  return (await mac.run(['exec', id, '--', ...curl])).stdout;
};

test('the launcher sees nothing of Linux (control)', async () => {
  const script = `
    const { existsSync } = require('node:fs');
    const { spawnSync } = require('node:child_process');
    const programs = ['bwrap', 'prlimit', 'ip', 'docker'].filter((name) => !spawnSync(name).error);
    console.log(JSON.stringify([process.platform, existsSync('/proc/self'), existsSync('/usr/bin/bwrap'), programs]));
    console.log(spawnSync(process.execPath, ['-p', 'process.platform'], { encoding: 'utf8' }).stdout.trim());`;
  const { stdout } = await mac.node(['-e', script]);
  expect(stdout.split('\n')).toEqual(['["darwin",false,false,[]]', 'darwin', '']);
});

test("a bottle starts, and passes on its program's output and exit code", async () => {
  const { code, stdout } = await mac.run([...mac.apple.start, '--', 'sh', '-c', 'echo hello; exit 7']);
  expect({ code, stdout }).toEqual({ code: 7, stdout: 'hello\n' });
});

test(
  "an agent from npm's registry is installed in a bottle, and prints its version",
  { timeout: 300_000 },
  async () => {
    const args = ['start', ...mac.apple.manifest({ egress: { allow: [] } }, 'codex'), '--', '--version'];
    const { code, stdout } = await mac.run(args, { timeoutMs: 290_000 });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^codex-cli \d/);
  },
);

test("doctor takes Apple's container, and gives a reason for each other rung", async () => {
  const { stdout } = await mac.run(['doctor', '--json'], { timeoutMs: 180_000 });
  const { rungs } = JSON.parse(stdout) as DoctorReport;
  expect(rungs.filter(({ status }) => status === 'ready').map(({ runtime }) => runtime)).toEqual(['apple']);
});

test('a terminal works, and the start says that this agent cannot be detached', async () => {
  const terminal = mac.terminal([...mac.apple.start, '--', 'sh', '-c', 'tty; read word; echo got $word']);
  await terminal.shows(/\/dev\/pts\/\d+/);
  await terminal.shows(/does not support detach/);
  terminal.type('it\r');
  await terminal.shows(/got it/);
  expect(await terminal.ended()).toBe(0);
});

describe('a running bottle on macOS', () => {
  test('a running bottle runs another program, and stops', async () => {
    const { id, over } = await startWaiting();
    expect((await mac.run(['exec', id, '--', 'id', '-u'])).stdout).toMatch(/^\d+\n$/);
    expect(await ask(id)).toBe('403');
    const manifest = mac.apple
      .manifest({ egress: { allow: [{ host: 'named.invalid', scheme: 'http' }] } })
      .slice(-3);
    expect(await mac.run(['policy', 'set', id, ...manifest])).toMatchObject({ code: 0 });
    expect(await ask(id)).toBe('502'); // the name does not exist
    expect((await mac.run(['metrics', id])).stdout).toContain('bot_bottle');
    expect((await mac.run(['stop', id])).code).toBe(0);
    await over;
    expect(await stateOf(id)).toBe('stopped');
  });

  test('a bottle whose launcher was killed is reported, and gc removes its remains', async () => {
    const { id, launcher, over } = await startWaiting();
    expect(findProcessesOf(id).length).toBeGreaterThan(0);
    launcher.kill('SIGKILL');
    await over;
    expect(await stateOf(id)).toBe('crashed');
    expect((await mac.run(['gc'])).code).toBe(0);
    expect(await stateOf(id)).toBe('failed');
    const container = join(mac.apple.standIn.binDir, 'container');
    expect(execFileSync(container, ['ls', '--all', '--quiet'], { encoding: 'utf8' })).not.toContain(id);
    expect(findProcessesOf(id)).toEqual([]);
  });
});

// A path is 4,096 bytes long at most. Relative to the copy the path is shorter, so git sees the file in 20 folders, but
// not the one in 25.
test.each([20, 25])('work %i folders deep, beyond any path, is reported', async (folders) => {
  const script = `i=0; while [ $i -lt ${folders} ]; do n=$(printf %0200d 0); mkdir $n; cd $n; i=$((i+1)); done; echo deep >a-deep-file`;
  expect((await mac.run([...mac.apple.start, '--', 'sh', '-c', script])).code).toBe(0);
  const id = (await listed()).at(-1)?.id ?? '';
  const { code, stdout } = await mac.run(['diff', id]);
  expect(code).toBe(0);
  expect(stdout).toContain('lies too deep');
  expect((await mac.run(['rm', id])).stderr).toContain('holds work');
  expect((await mac.run(['rm', '--force', id])).code).toBe(0);
  expect(await stateOf(id)).toBeUndefined();
});

test('refuses an SSH key on macOS before anything starts', async () => {
  const key = Buffer.concat([Buffer.from('\0\0\0\u000bssh-ed25519\0\0\0 '), Buffer.alloc(32, 7)]).toString(
    'base64',
  );
  const server = { host: 'git.invalid', user: 'git', identity: '/nowhere', known_host: `ssh-ed25519 ${key}` };
  const manifest = mac.apple.manifest({ ssh: [server] });
  const { code, stderr } = await mac.run(['start', ...manifest, '--', 'true']);
  expect(code).toBe(6);
  expect(stderr).toContain('SSH keys for bottles need Linux on this host');
});
