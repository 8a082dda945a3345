import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { bubblewrapDriver as driver } from '../../../src/drivers/bubblewrap/driver.ts';
import { BUBBLEWRAP } from '../../../src/drivers/bubblewrap/rung.ts';
import type { BottleSpec } from '../../../src/drivers/driver.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { findProcessesOf, isRunning } from '../../../src/host/processes.ts';
import { openTestBottle, type TestBottle } from './bubblewrap.bottle.ts';
import type { Launched } from './bubblewrap.launcher.ts';

/** How bottles end, whatever happens to the process that started them. */

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function open(spec: Partial<BottleSpec> = {}, below?: string): Promise<TestBottle> {
  const bottle = await openTestBottle({ spec, ...(below === undefined ? {} : { below }) });
  cleanUps.push(async () => await bottle.remove());
  return bottle;
}

async function launcher(
  args: readonly string[],
  inherited: readonly number[] = [],
): Promise<{ child: ChildProcess; launched: Launched }> {
  const script = join(packageRoot(), 'test/integration/bubblewrap/bubblewrap.launcher.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'inherit', ...inherited],
  });
  const [line] = (await once(createInterface({ input: child.stdout as Readable }), 'line')) as [string];
  const launched = JSON.parse(line) as Launched;
  cleanUps.push(async () => {
    child.kill('SIGKILL');
    await driver.remove([{ kind: 'processes', bottleId: launched.id }]);
    rmSync(dirname(launched.runDir), { recursive: true, force: true });
  });
  return { child, launched };
}

async function gone(what: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 2_000 && !what(); tries += 1) await sleep(10);
  return what();
}

/** Returns the number of host processes with exactly this command line. */
function running(words: string): number {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() === words;
    } catch {
      return false; // it has ended
    }
  }).length;
}

/** An agent that leaves processes behind, which nothing marks as the bottle's. */
let count = 0;
function agentWithStrays(): { argv: string[]; stray: string } {
  count += 1;
  const stray = `sleep ${process.pid}.${count}`;
  return {
    stray,
    argv: ['sh', '-c', `for i in 1 2 3; do (setsid env -i ${stray} &); done; exec sleep infinity`],
  };
}

describe('the remains of a bubblewrap bottle', () => {
  test('nothing is left when the launcher is killed while attached to the agent', async () => {
    const { argv, stray } = agentWithStrays();
    const { child, launched } = await launcher(['hold', ...argv]);
    expect(await gone(() => running(stray) === 3)).toBe(true);
    child.kill('SIGKILL');
    expect(await gone(() => !isRunning(launched.init))).toBe(true);
    expect(await gone(() => running(stray) === 0)).toBe(true);
    expect(await gone(() => findProcessesOf(launched.id).length === 0)).toBe(true);
  });

  test('nothing is left when the launcher is killed before the agent starts', async () => {
    const { child, launched } = await launcher(['prepare', 'true']);
    expect(isRunning(launched.init)).toBe(true);
    child.kill('SIGKILL');
    expect(await gone(() => !isRunning(launched.init))).toBe(true);
    expect(await gone(() => findProcessesOf(launched.id).length === 0)).toBe(true);
  });

  test('nothing is left when the process that carries the id is killed and the others carry none', async () => {
    const { argv, stray } = agentWithStrays();
    const { launched } = await launcher(['detach', ...argv]);
    expect(await gone(() => running(stray) === 3)).toBe(true);
    await driver.remove([{ kind: 'processes', bottleId: launched.id }]);
    expect(running(stray)).toBe(0);
    expect(findProcessesOf(launched.id)).toEqual([]);
  });

  test('nothing is left when the agent ends while its children run', async () => {
    const { stray } = agentWithStrays();
    const bottle = await open({ argv: ['sh', '-c', `setsid ${stray} & sleep 0.3; exit 2`] });
    const agent = await bottle.launch();
    expect((await agent.ended()).code).toBe(2);
    expect(running(stray)).toBe(0);
  });

  test('nothing is left when the waiting bubblewrap was killed before', async () => {
    const { argv, stray } = agentWithStrays();
    const bottle = await open({ argv });
    await bottle.launch();
    expect(await gone(() => running(stray) === 3)).toBe(true);
    for (const { pid } of findProcessesOf(bottle.spec.id)) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('bwrap\0')) process.kill(pid, 'SIGKILL');
    }
    await driver.remove([{ kind: 'processes', bottleId: bottle.spec.id }]);
    expect(running(stray)).toBe(0);
  });
});

describe('a detached agent', () => {
  test('a detached agent outlives its launcher, and another process finds, checks and stops it', async () => {
    const { launched } = await launcher(['detach', 'sh', '-c', 'trap "" HUP; sleep infinity']);
    await sleep(300);
    expect(isRunning(launched.init)).toBe(true);
    const spec = { id: launched.id, runDir: launched.runDir, rung: BUBBLEWRAP } as BottleSpec;
    expect(await driver.isRunning(spec)).toBe(true);
    await driver.stop(spec, 5_000);
    expect(await driver.isRunning(spec)).toBe(false);
    await driver.stop(spec, 5_000);
  });
});

describe('stop', () => {
  test('stop lets the agent end by itself', async () => {
    const bottle = await open({
      argv: ['sh', '-c', 'trap "echo saved > /work/saved; exit 0" TERM; echo up; sleep 60 & wait'],
    });
    const agent = await bottle.launch();
    await agent.until(/up/);
    await driver.stop(bottle.spec, 5_000);
    expect((await agent.ended()).code).toBe(0);
    expect(readFileSync(join(bottle.workspace, 'saved'), 'utf8')).toBe('saved\n');
  });

  test('stop kills an agent that does not end', async () => {
    const bottle = await open({ argv: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 1; done'] });
    const agent = await bottle.launch();
    await agent.until(/up/);
    await driver.stop(bottle.spec, 300);
    expect((await agent.ended()).code).toBe(137);
  });
});

test('a gateway that does not come up stops the start, which leaves nothing', async () => {
  const ids = new Set<string>();
  const runDir = mkdtempSync(join(tmpdir(), 'bb-failing-'));
  const failing = driver.prepare(
    { ...(await open()).spec, id: `test-${process.pid}-failing`, runDir },
    {
      record: async (resource) => void (resource.kind === 'processes' && ids.add(resource.bottleId)),
      progress: () => undefined,
      files: Promise.resolve(),
      signal: new AbortController().signal,
      gateway: {
        listening: Promise.reject(new Error('no gateway')),
        ready: new Promise(() => undefined),
        configureSidecar: async () => ({ configPath: '', input: () => '', mounts: [], published: [] }),
        trustAuthority: async () => undefined,
        trusted: Promise.resolve(),
      },
    },
  );
  await expect(failing).rejects.toThrow('no gateway');
  expect([...ids]).toEqual([`test-${process.pid}-failing`]);
  expect(findProcessesOf(`test-${process.pid}-failing`)).toEqual([]);
  rmSync(runDir, { recursive: true });
});

describe('descriptors of the launcher', () => {
  test('the bottle gets no descriptor of the launcher, even one without close-on-exec', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bb-open-'));
    const secret = openSync(join(folder, 'secret'), 'w');
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const { child, launched } = await launcher(
      ['hold', 'sh', '-c', 'ls -l /proc/self/fd > /work/list; mv /work/list /work/fds; sleep infinity'],
      Array.from({ length: 90 }, () => secret),
    );
    closeSync(secret);
    const open = readdirSync(`/proc/${child.pid}/fd`);
    expect(open).toContain('92');
    const list = join(dirname(launched.runDir), 'work', 'fds');
    expect(await gone(() => existsSync(list))).toBe(true);
    const targets = [...readFileSync(list, 'utf8').matchAll(/ (\d+) -> (\S+)/g)].map(
      ([, fd, target]) => `${fd} ${target?.replace(/\d+/g, 'N')}`,
    );
    expect(targets).toEqual(['0 pipe:[N]', '1 /work/list', '2 pipe:[N]', '3 /proc/N/fd']);
  });
});
