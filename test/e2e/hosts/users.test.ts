import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEST_USER } from '../../../scripts/setup/test-user.ts';
import type { DoctorReport } from '../../../src/bottle/rungs/doctor.ts';
import type { DemoReport } from '../../../src/demo/demo.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { findUser, type TestUser } from '../../support/user.ts';
import { watchBottles, type Watch } from '../../support/watch.ts';

/** Users who are not root. Root runs this test and switches to them. */

const MINUTE_MS = 60_000;

/** Makes a folder that the user owns, and configures the user's npm as root's. */
async function homeOf(user: TestUser): Promise<Home> {
  const registry = (await runOrThrow('npm', ['config', 'get', 'registry'], { cwd: '/' })).trim();
  return makeHome({ user, env: { NPM_CONFIG_REGISTRY: registry } });
}

/** Returns the files that git has or would add: a clone contains them. */
async function filesOfClone(): Promise<string[]> {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = (await runOrThrow('git', ['-c', 'safe.directory=*', '-C', packageRoot(), ...listing])).split(
    '\0',
  );
  return paths.filter((path) => path !== '' && existsSync(join(packageRoot(), path)));
}

describe('an ordinary user with a fresh clone', () => {
  let home: Home;
  beforeAll(async () => (home = await homeOf(await findUser(TEST_USER))));
  afterAll(async () => await home.remove());

  test(
    'the demo works by one command for an ordinary user: attacks are stopped, and allowed requests pass',
    { timeout: 5 * MINUTE_MS },
    async () => {
      const clone = join(home.dir, 'clone');
      for (const path of await filesOfClone()) {
        mkdirSync(dirname(join(clone, path)), { recursive: true });
        cpSync(join(packageRoot(), path), join(clone, path));
      }
      home.project('clone'); // gives the folder to the user
      const [file, ...args] = [
        ...home.become,
        join(clone, 'bot-bottle'),
        'demo',
        '--runtime',
        'bubblewrap',
        '--json',
      ];
      const child = spawn(file, args, { cwd: home.dir, env: { ...home.env }, stdio: 'pipe' });
      const { code, stdout, stderr } = await outcomeOf(child, { timeoutMs: 4 * MINUTE_MS });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
      const { rung, attempts, controls, summary } = JSON.parse(stdout) as DemoReport;
      expect(rung.runtime).toBe('bubblewrap');
      expect(attempts.length).toBeGreaterThanOrEqual(12);
      expect(controls.length).toBeGreaterThan(0);
      expect(summary.held).toBe(true);
    },
  );
});

test('doctor answers a user id without a passwd(5) entry, and names all missing parts at once', async () => {
  const uid = 4_242;
  await expect(runOrThrow('getent', ['passwd', String(uid)])).rejects.toThrow('getent failed');
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', 'env', 'PATH=/nowhere'];
  const home = makeHome({ user: { uid, gid: uid, env: {}, become }, forgets: ['probes'] });
  const { code, stdout, stderr } = await home.run(['doctor', '--json'], { env: { HOME: home.dir } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { host, rungs } = JSON.parse(stdout) as DoctorReport;
  expect(host.user).toBe(String(uid));
  // With an empty PATH, doctor names everything that a rung lacks at once.
  expect(rungs.find(({ runtime }) => runtime === 'bubblewrap')).toMatchObject({
    reason: 'bwrap, perl, prlimit, taskset and find are not installed',
    fix: 'sudo apt install bubblewrap perl-base util-linux findutils',
  });
  await home.remove();
});

describe('a user in the group docker', () => {
  let home: Home;
  let watch: Watch;
  let user: TestUser;

  beforeAll(async () => {
    user = await findUser(TEST_USER, 'docker');
    home = await homeOf(user);
    for (const path of ['state', 'state/bot-bottle', 'state/bot-bottle/bottles', 'state/bot-bottle/probes'])
      home.project(path);
    watch = watchBottles(home.bottlesDir);
  });

  afterAll(async () => {
    watch[Symbol.dispose]();
    await home.remove();
  });

  test.each([
    ['runc', 'holder'],
    ['runc', 'bridge'],
    ['runsc', 'holder'],
  ])(
    "a docker group user's bottle works on %s, in the form %s, and leaves nothing behind",
    async (runtime, form) => {
      const project = home.project(`project-${runtime}-${form}`, { 'a.txt': 'a\n' });
      const manifest = home.manifest({
        bottles: { web: { egress: { allow: [{ preset: 'npm' }] } } },
        agents: { worker: { bottle: 'web', agent: 'shell' } },
      });
      const where = ['--manifest', manifest, '--yes', '--runtime', runtime, '--network-form', form];
      const script = 'id -u; echo made > made.txt; npm view is-number@7.0.0 version';
      const outcome = await home.run(['start', 'worker', project, ...where, '--', 'sh', '-c', script]);
      expect(outcome).toEqual({
        code: 0,
        stdout: `${user.uid}\n7.0.0\n`,
        stderr: expect.any(String) as string,
      });
      expect(await watch.remains()).toEqual([]);

      const { id = '' } = (await home.list()).at(-1) ?? {};
      expect(await home.run(['apply', id])).toMatchObject({ code: 0, stdout: 'written:\n  made.txt\n' });
      await home.must(['rm', id]);
    },
  );
});
