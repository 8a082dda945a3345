import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BottleRecord } from '../../../src/bottle/state/record.ts';
import { driverOf } from '../../../src/drivers/index.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import { findProgram } from '../../../src/host/system/programs.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { killGateway, leftOf } from '../../../src/verify/after/end.ts';
import type { VerifyReport } from '../../../src/verify/report.ts';
import { makeHome, type Home } from '../../support/home.ts';
import type { Outcome } from '../../support/outcome.ts';
import {
  startSecondDocker,
  watchDefaultDocker,
  type SecondDocker,
  type WatchedDocker,
} from '../../support/hosts/second-docker.ts';

/** Bottles on a Docker that DOCKER_HOST names: every verb finds that engine again, and asks the default one nothing. */

let second: SecondDocker;
let first: WatchedDocker;
let home: Home;
let manifest: string;
const runsc = (path: string) => ({ runsc: { path, runtimeArgs: ['--network=host'] } });
const runscPath = findProgram('runsc') ?? '';

beforeAll(async () => {
  [second, first] = await Promise.all([startSecondDocker(), watchDefaultDocker()]);
  await second.setRuntimes(runsc(runscPath));
  home = makeHome({ become: first.become, forgets: ['probes'] });
  manifest = home.manifest({
    bottles: { box: { workspace: 'none' } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
}, 120_000);
afterAll(async () => {
  await home.remove();
  first.close();
  await second.remove();
}, 60_000);
beforeEach(async () => {
  await second.start();
  first.requests();
});

const withDockerHost = async (args: readonly string[]): Promise<Outcome> =>
  await home.run(args, { env: { DOCKER_HOST: `unix://${second.socketPath}` } });

const startArgs = (runtime: string, script: string): string[] => {
  const where = ['--manifest', manifest, '--engine', 'docker', '--runtime', runtime];
  return ['start', 'worker', home.dir, ...where, '--yes', '--', 'sh', '-c', script];
};

/** Starts a bottle and kills its launcher; the container continues to run. Returns the bottle's id. */
async function leaveRunning(): Promise<string> {
  const env = { DOCKER_HOST: `unix://${second.socketPath}` };
  const launcher = home.spawn(startArgs('runc', 'echo started; exec sleep 600'), { env });
  const ended = once(launcher, 'close');
  if (launcher.stdout === null) throw new Error('no output');
  await once(launcher.stdout, 'data');
  const id = (await home.list()).at(-1)?.id ?? 'none';
  process.kill(home.record(id).owner.pid, 'SIGKILL');
  await ended;
  return id;
}

/** Returns the names of this bottle's containers on the second engine. */
const containersOf = async (id: string): Promise<string[]> =>
  (await runOrThrow('docker', [...second.cli, 'ps', '--all', '--format', '{{.Names}}']))
    .split('\n')
    .filter((name) => name.includes(id));

test('a start creates its containers on the engine of DOCKER_HOST, and sends the default one nothing', async () => {
  const { code, stdout } = await withDockerHost(startArgs('runc', 'echo inside'));
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'inside\n' });
  expect(first.requests()).toEqual([]);
  expect((await run('ip', ['link', 'show', 'docker0'])).exitCode).toBe(0);
});

test('the watched socket records requests to the default engine (control)', async () => {
  await home.run(['image', 'ls']);
  expect(first.requests()).toContainEqual(expect.stringMatching(/^GET \S+\/info$/));
});

test('rm without DOCKER_HOST ends a bottle whose launcher is gone, on its own engine', async () => {
  const id = await leaveRunning();
  expect(await containersOf(id)).not.toEqual([]);
  await home.must(['rm', '--force', id]);
  expect(await containersOf(id)).toEqual([]);
  expect(first.requests()).toEqual([]);
});

test('bottles of an engine that does not answer stay on record, and gc ends them once it answers', async () => {
  const id = await leaveRunning();
  await second.stop();
  const { code, stderr } = await home.run(['rm', '--force', id]);
  expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining(second.socketPath) });
  expect((await home.run(['gc', '--json'])).stdout).toContain(second.socketPath);
  expect((await home.list()).map((row) => row.id)).toContain(id);
  await second.start();
  expect(await containersOf(id)).not.toEqual([]);
  await home.must(['gc']);
  expect(await containersOf(id)).toEqual([]);
  expect(first.requests()).toEqual([]);
});

test('verify attacks a rung of that engine to the end, and holds', async () => {
  const where = ['verify', '--runtime', 'runc', '--engine', 'docker', '--json'];
  const { code, stdout, stderr } = await withDockerHost([...where, '--family', 'life']);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect((JSON.parse(stdout) as VerifyReport).held).toBe(true);
  // A control of the attacks asks the socket of each engine on this host for its version.
  expect(first.requests().filter((request) => request !== 'GET /version')).toEqual([]);
});

test("verify kills a gateway's container through the engine of its bottle", async () => {
  const driver = driverOf({ engine: 'docker', runtime: 'runc' });
  const name = driver.hostNames('killed')?.gatewayContainer ?? '';
  const create = ['run', '--detach', '--name', name, defaultImageReference(), 'sleep', '60'];
  await runOrThrow('docker', [...second.cli, ...create]);
  const rung = { ...driver.rungs.find(({ runtime }) => runtime === 'runc'), address: second.socketPath };
  const resources = [{ kind: 'container', engine: 'docker', name }];
  const record = { id: 'killed', spec: { rung }, resources } as unknown as BottleRecord;
  expect(await containersOf('killed')).toEqual([name]);
  expect(await leftOf(record)).toContain(name);
  expect(await killGateway(record)).toBe(true);
  const state = ['inspect', '--format', '{{.State.Running}}', name];
  await expect.poll(async () => await runOrThrow('docker', [...second.cli, ...state])).toBe('false\n');
  await runOrThrow('docker', [...second.cli, 'rm', name]);
});

test('a cached check ends when the program of its runtime changes', async () => {
  const runtimeOfLast = async (): Promise<string | undefined> => {
    const { code, stderr } = await withDockerHost(startArgs('runsc', 'true'));
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return home.receipt((await home.list()).at(-1)?.id ?? '').evidence['runtime'];
  };
  expect(await runtimeOfLast()).toBe(`${runscPath} --network=host`);
  const other = join(dirname(second.socketPath), 'runsc');
  copyFileSync(runscPath, other);
  await second.setRuntimes(runsc(other));
  expect(await runtimeOfLast()).toBe(`${other} --network=host`);
});
