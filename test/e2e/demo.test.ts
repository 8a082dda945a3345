import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoReport } from '../../src/demo/demo.ts';
import { createBench } from '../conformance/support/bench.ts';
import { idsOnDisk } from '../conformance/support/state.ts';
import type { RungUnderTest } from '../conformance/support/rung.ts';
import { makeHome, type Home } from '../support/home.ts';
import { testMode } from '../support/suites/mode.ts';

/** `bot-bottle demo`, as root and as an ordinary user, without a manifest. */

const BUBBLEWRAP: RungUnderTest = {
  runtime: 'bubblewrap',
  engine: 'bubblewrap',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
};

/**
 * The conformance suite tests a machine of an ordinary user; here, where it takes a minute longer, only `--mode whole`
 * does.
 */
const RUNTIMES = {
  root: testMode() === 'whole' ? ['bubblewrap', 'auto', 'qemu'] : ['bubblewrap', 'auto'],
  ordinary: testMode() === 'whole' ? ['bubblewrap', 'qemu'] : ['bubblewrap'],
} as const;

const leftovers = (): string[] =>
  ['/tmp', '/var/tmp', process.env['HOME'] ?? '/root']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder))
    .filter((name) => name.includes('bot-bottle-arena-'));

describe.each(['root', 'ordinary'] as const)('as %s user', (user) => {
  const { bench, setUp, tearDown } = createBench({ ...BUBBLEWRAP, user });
  beforeAll(setUp);
  afterAll(tearDown);

  test.each(RUNTIMES[user])('the demo stops every attempt: %s', async (runtime) => {
    const before = leftovers();
    const bottles = idsOnDisk(bench);
    const { code, stdout, stderr } = await bench.program.run(['demo', '--json', '--runtime', runtime], {
      timeoutMs: 200_000, // includes making an image
    });
    expect(stdout, stderr).not.toBe('');
    const { rung, attempts, controls, summary } = JSON.parse(stdout) as DemoReport;
    expect(rung.runtime).toBe(runtime === 'auto' ? 'runsc' : runtime);
    expect(controls.filter(({ wentThrough }) => !wentThrough)).toEqual([]);
    expect(attempts.filter(({ verdict }) => verdict !== 'stopped')).toEqual([]);
    expect(attempts.length).toBeGreaterThanOrEqual(16);
    expect({ code, held: summary.held }).toEqual({ code: 0, held: true });
    expect(idsOnDisk(bench)).toEqual(bottles);
    expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
  });

  test('an unreachable registry is a failed control, with the reason and exit code 8', async () => {
    const env = { NPM_CONFIG_REGISTRY: 'https://registry.invalid/' };
    const { code, stdout } = await bench.program.run(['demo', '--json', '--runtime', 'bubblewrap'], { env });
    const { attempts, controls } = JSON.parse(stdout) as DemoReport;
    const failed = controls.filter(({ wentThrough }) => !wentThrough);
    expect(failed.map(({ id }) => id)).toEqual(['npm-proxy', 'run', 'npm-plain']);
    expect(failed[0]?.evidence).not.toBe('');
    expect(attempts.filter(({ verdict }) => verdict !== 'stopped')).toEqual([]);
    expect(code).toBe(8);
  });
});

/** Makes a folder with links to all programs of this host except one. */
function pathWithout(program: string, dir: string): string {
  mkdirSync(dir);
  for (const folder of ['/usr/sbin', '/usr/bin', dirname(process.execPath)])
    for (const name of readdirSync(folder))
      if (name !== program && !existsSync(join(dir, name))) symlinkSync(join(folder, name), join(dir, name));
  return dir;
}

describe('a host without any image: no registry answers, and mmdebstrap is not installed', () => {
  let home: Home;
  let env: Readonly<Record<string, string>>;
  beforeAll(() => {
    home = makeHome();
    // A changed recipe: this host has no image of it, and the registry of its base does not exist.
    writeFileSync(join(home.dir, 'package/images/default/Dockerfile'), 'FROM registry.invalid/none:1\n');
    env = { PATH: pathWithout('mmdebstrap', join(home.dir, 'bin')) };
  });
  afterAll(async () => await home.remove());

  test('the demo runs on the next rung that needs no image, and says so', async () => {
    const { code, stdout, stderr } = await home.run(['demo', '--json'], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { rung } = JSON.parse(stdout) as DemoReport;
    expect(rung.runtime).toBe('bubblewrap');
    expect(rung.why).toMatch(/it needs no image\. .+ is stronger, but the default image cannot be made/);
  });

  test('a demo of a named rung, and a start, refuse', async () => {
    expect(await home.run(['demo', '--runtime', 'runc'], { env })).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('the default image cannot be made') as string,
    });
    const manifest = home.manifest({
      bottles: { box: {} },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    });
    const args = ['start', 'worker', home.project('project'), '--manifest', manifest, '--yes', '--', 'true'];
    expect((await home.run(args, { env })).code).toBe(5);
  });
});
