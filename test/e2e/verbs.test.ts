import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identify } from '../../src/host/processes.ts';
import { makeHome, type Home } from '../support/home.ts';
import { outcomeOf } from '../support/outcome.ts';

/** Verbs that change something, with --dry-run, which must change nothing, and with --json. */

let home: Home;
let project: string;
let startArgs: readonly string[];

beforeAll(() => {
  home = makeHome();
  project = home.project('project', { 'README.md': 'A project.\n' });
  const manifest = home.manifest({
    bottles: { box: {}, bare: { workspace: 'none' } },
    agents: { worker: { bottle: 'box', agent: 'shell' }, idler: { bottle: 'bare', agent: 'shell' } },
  });
  startArgs = [project, '--manifest', manifest, '--yes', '--runtime', 'bubblewrap', '--', 'sh', '-c'];
});
afterAll(async () => await home.remove());

/** Returns the program's one JSON document. */
async function said(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await home.run([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
  return JSON.parse(stdout);
}

const lastOf = async (agent: string) => {
  const row = (await home.list()).findLast((row) => row.agent === agent);
  if (row === undefined) throw new Error(`no bottle of ${agent}`);
  return row;
};

describe('an ended bottle with work', () => {
  let id: string;
  beforeAll(async () => {
    await home.run(['start', 'worker', ...startArgs, 'echo made > new.txt']);
    ({ id } = await lastOf('worker'));
  });

  test('diff --json prints the patch of an ended bottle', async () => {
    expect(await said('diff', id)).toEqual({ patch: expect.stringContaining('+made') as string });
  });

  test('stop of an ended bottle has nothing to do', async () => {
    expect(await said('stop', id, '--dry-run')).toEqual({ id, removes: [] });
    expect(await said('stop', id)).toMatchObject({ id, state: 'stopped', exitCode: 0 });
  });

  test('rm refuses an ended bottle with work, also with --dry-run, and --force --dry-run keeps it', async () => {
    expect(await home.run(['rm', id, '--dry-run'])).toMatchObject({ code: 4, stdout: '' });
    const plan = { id, losesWork: true, removes: [join(home.bottlesDir, id)] };
    expect(await said('rm', id, '--force', '--dry-run')).toEqual(plan);
    expect(existsSync(join(home.bottlesDir, id))).toBe(true);
    expect(await said('rm', id, '--force')).toEqual({ removed: id });
    expect(existsSync(join(home.bottlesDir, id))).toBe(false);
  });
});

describe('a running bottle', () => {
  test('stop --dry-run leaves a bottle running, and stop ends it', async () => {
    const launcher = home.spawn(['start', 'idler', ...startArgs, 'echo begun; sleep 60']);
    const ended = outcomeOf(launcher);
    await expect.poll(async () => (await home.list()).map(({ state }) => state)).toContain('running');
    const { id } = await lastOf('idler');
    const { removes } = (await said('stop', id, '--dry-run')) as { removes: string[] };
    expect(removes).toContain(`every process that carries ${id}`);
    expect((await lastOf('idler')).state).toBe('running');
    expect(await said('stop', id)).toMatchObject({ id, state: 'stopped' });
    expect((await ended).code).not.toBe(0);
  });

  test('gc keeps the log and receipt of a bottle whose launcher was killed, as failed', async () => {
    const launcher = home.spawn([
      'start',
      'idler',
      ...startArgs,
      'curl -s http://denied.example/; echo begun; sleep 60',
    ]);
    const ended = outcomeOf(launcher);
    await expect.poll(async () => (await home.list()).map(({ state }) => state)).toContain('running');
    const { id } = await lastOf('idler');
    await expect.poll(async () => (await home.run(['logs', id])).stdout).toContain('denied.example');
    launcher.kill('SIGKILL');
    await ended;
    expect((await lastOf('idler')).state).toBe('crashed');
    expect(await said('gc', '--dry-run')).toMatchObject({ kept: [id], removed: [] });
    expect((await lastOf('idler')).state).toBe('crashed');
    const unsigned = await home.run(['logs', 'verify', id]);
    expect(unsigned).toMatchObject({
      code: 8,
      stdout: expect.stringMatching(/^not signed: [^]*bot-bottle gc/),
    });
    expect(await said('gc')).toEqual({ kept: [id], removed: [], failed: [] });
    expect(await said('logs', 'verify', id)).toMatchObject({
      intact: true,
      signed: true,
      launcherLost: true,
      limits: [expect.any(String)],
    });
    expect(await lastOf('idler')).toMatchObject({ id, state: 'failed' });
    expect((await home.run(['logs', id])).stdout).toContain('denied.example');
    expect(home.receipt(id).id).toBe(id);
  });
});

test('gc removes the remains of a killed check at once, and keeps those of a running one', async () => {
  const looks = join(home.bottlesDir, '..', 'probes');
  const own = identify(process.pid);
  const [half, damaged, removed, goesOn] = [
    '.passing-999999999-1-probe-runc-00000001',
    '.passing-999999999-1-probe-runc-00000004',
    'probe-runc-00000002',
    `.passing-${own?.pid}-${own?.startTicks}-probe-runc-00000003`,
  ];
  for (const name of [half, damaged, removed, goesOn])
    mkdirSync(join(looks, name, 'run'), { recursive: true });
  writeFileSync(join(looks, damaged, 'record.json'), '');
  expect(await said('gc')).toMatchObject({ removed: [half, damaged, removed], failed: [] });
  expect(readdirSync(looks)).toEqual([goesOn]);
  rmSync(join(looks, goesOn), { recursive: true });
});

describe('a manifest', () => {
  test('init --dry-run prints the manifest, and writes nothing', async () => {
    const folder = home.project('young', { 'README.md': 'A project.\n' });
    const path = join(folder, 'bot-bottle.yaml');
    const { content } = (await said('init', folder, '--dry-run')) as { content: string };
    expect(existsSync(path)).toBe(false);
    expect(await said('init', folder)).toEqual({ path });
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(await home.run(['init', folder, '--dry-run'])).toMatchObject({ code: 4, stdout: '' });
  });

  test('trust --dry-run leaves the manifest untrusted', async () => {
    const folder = join(home.dir, 'young');
    expect(await said('trust', folder, '--dry-run')).toMatchObject({ status: 'not trusted' });
    expect((await home.run(['start', 'shell', folder, '--', 'true'])).code).toBe(7);
    expect(await said('trust', folder, '--yes')).toMatchObject({ status: 'trusted' });
    expect(await said('trust', folder)).toMatchObject({ status: 'already trusted' });
  });
});
