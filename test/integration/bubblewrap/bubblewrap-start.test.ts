import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readHostFacts } from '../../../src/drivers/sandbox/facts.ts';
import { planStart } from '../../../src/drivers/bubblewrap/plan.ts';
import { checkBubblewrap } from '../../../src/drivers/bubblewrap/check-rung.ts';
import { differences, read } from '../../../src/drivers/sandbox/readback.ts';
import { startBottle } from '../../../src/drivers/sandbox/start.ts';
import type { BottleSpec, Resource } from '../../../src/drivers/driver.ts';
import { boundFiles } from '../../../src/drivers/most-files.ts';
import { readShownFolders } from '../../../src/drivers/bubblewrap/shown.ts';
import { layOverlays } from '../../../src/drivers/sandbox/overlays.ts';
import { assetPath } from '../../../src/host/paths.ts';
import { openTestBottle, type TestBottle } from './bubblewrap.bottle.ts';

/** The settings of a new bottle, its limits, and the detection of a start that deviates from the plan. */

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function open(spec: Partial<BottleSpec> = {}, below?: string): Promise<TestBottle> {
  const bottle = await openTestBottle({ spec, ...(below === undefined ? {} : { below }) });
  cleanUps.push(async () => await bottle.remove());
  return bottle;
}

describe('mounts that need root', () => {
  test('a bottle mounts a workspace below a folder that its user may not enter', async () => {
    const hidden = mkdtempSync(join(tmpdir(), 'bb-hidden-'), {});
    cleanUps.push(() => rmSync(hidden, { recursive: true, force: true }));
    const bottle = await open({ argv: ['sh', '-c', 'echo mine > /work/file; cat /work/file'] }, hidden);
    const agent = await bottle.launch();
    expect(await agent.ended()).toEqual({ code: 0, stdout: 'mine\n', stderr: '' });
  });
});

describe('limits of a bubblewrap bottle', () => {
  test('a bottle cannot exceed its processes, and other processes of the same user can start more', async () => {
    const bottle = await open({ resources: { cpus: 2, memoryBytes: 1 << 30, pids: 40, diskBytes: 1 << 20 } });
    const other = await open();
    await Promise.all([bottle.launch(), other.launch()]);
    const bomb =
      'my $n = 0; while (defined(my $p = fork)) { if (!$p) { sleep 3; exit } $n++; last if $n > 500 } print "$n\n"';
    const [inside, beside] = await Promise.all([
      bottle.exec(['perl', '-e', bomb]),
      other.exec(['perl', '-e', 'print defined fork ? "yes" : "no"']),
    ]);
    expect(Number(inside.stdout)).toBeGreaterThan(20);
    expect(Number(inside.stdout)).toBeLessThan(40);
    expect(beside.stdout).toContain('yes');
  });

  test("a bottle cannot exceed a process's memory or the size of its writable folders", async () => {
    const bottle = await open({
      resources: { cpus: 2, memoryBytes: 256 << 20, pids: 64, diskBytes: 1 << 20 },
    });
    await bottle.launch();
    const eat = (megabytes: number): string[] => [
      'perl',
      '-e',
      `my $x = "a" x (${megabytes} << 20); print length $x`,
    ];
    expect((await bottle.exec(eat(64))).stdout).toBe(String(64 << 20));
    expect((await bottle.exec(eat(400))).code).not.toBe(0);
    const fill = (path: string): string[] => ['sh', '-c', `head -c 3000000 /dev/zero > ${path}/big`];
    for (const path of ['/tmp', '/home/agent', '/var/tmp']) {
      expect((await bottle.exec(fill(path))).stderr).toContain('No space left');
    }
    expect((await bottle.exec(['sh', '-c', 'head -c 70000000 /dev/zero > /dev/shm/big'])).stderr).toContain(
      'No space left',
    );
  });

  test('a bottle cannot exceed its processors', async () => {
    const bottle = await open({
      resources: { cpus: 0.5, memoryBytes: 1 << 30, pids: 64, diskBytes: 1 << 20 },
    });
    await bottle.launch();
    expect((await bottle.exec(['nproc'])).stdout.trim()).toBe('1');
  });
});

describe('the readback', () => {
  /** Starts a bottle with a modified command, and returns the faults that the driver reads back. */
  async function tampered(
    change: (args: readonly string[]) => readonly string[],
    { bound = boundFiles, lay = layOverlays } = {},
  ): Promise<readonly string[]> {
    const bottle = await open();
    const facts = readHostFacts();
    const runDir = mkdtempSync(join(tmpdir(), 'bb-tampered-'));
    cleanUps.push(() => rmSync(runDir, { recursive: true }));
    const spec = { ...bottle.spec, id: `${bottle.spec.id}-t`, runDir };
    const { overlaid } = readShownFolders(spec, facts);
    const plan = planStart(spec, { facts, assetPath, sockets: [], overlaid });
    const started = await startBottle(
      { ...plan, args: change(plan.args) },
      {
        bottleId: spec.id,
        machine: facts.machine ?? 'x64',
        deadlineMs: 10_000,
        signal: new AbortController().signal,
      },
    );
    try {
      await lay(started.init.pid, plan.overlaid);
      await bound(started.init.pid, plan.mostFiles);
      return differences(read(started.init.pid, Object.keys(plan.folderSizes)), {
        plan,
        owner: facts.owner,
        launchedByRoot: facts.launchedByRoot,
      });
    } finally {
      await started.kill();
    }
  }
  const without =
    (...options: string[]) =>
    (args: readonly string[]) =>
      args.filter((arg) => !options.includes(arg));
  const instead = (from: string, to: string) => (args: readonly string[]) =>
    args.map((arg) => (arg === from ? to : arg));

  function unclosed(args: readonly string[]): readonly string[] {
    const at = args.findIndex((arg, index) => arg === '--remount-ro' && args[index + 1] === '/');
    return [...args.slice(0, at), ...args.slice(at + 2)];
  }

  test('the readback finds nothing in an unchanged bottle', async () => {
    expect(await tampered((args) => args)).toEqual([]);
  });

  test.each<[string, (args: readonly string[]) => readonly string[], RegExp]>([
    ['a shared network', without('--unshare-net'), /shares its net namespace/],
    ['shared queues and memory', without('--unshare-ipc'), /shares its ipc namespace/],
    ['a shared control group namespace', without('--unshare-cgroup'), /shares its cgroup namespace/],
    ['a writable root folder', unclosed, /^\/ can be written to/m],
    [
      'a writable folder of programs',
      (args) => args.map((arg, at) => (args[at + 1] === '/usr/bin' && arg === '--ro-bind' ? '--bind' : arg)),
      /\/usr\/bin can be written to/,
    ],
    [
      'a greater /dev/shm',
      instead(String(64 * 1024 * 1024), String(2 ** 40)),
      /\/dev\/shm may hold other than/,
    ],
    ['another limit', instead('--core=1:1', '--core=0:0'), /Max core file size/],
  ])('the readback finds %s', async (_, change, found) => {
    expect((await tampered(change)).join('\n')).toMatch(found);
  });

  test('the readback finds writable folders with another limit on files', async () => {
    const found = await tampered((args) => args, { bound: () => Promise.resolve() });
    expect(found).toEqual(
      ['/tmp', '/home/agent', '/dev/shm'].map((path) =>
        expect.stringContaining(`${path} may have other than `),
      ),
    );
  });

  test('the readback finds a host folder without an overlay', async () => {
    const found = await tampered((args) => args, { lay: () => Promise.resolve() });
    expect(found).toContainEqual(
      expect.stringContaining("/usr/bin shows the host's own folder, not an overlay"),
    );
  });

  test('the readback names the remedy where the kernel mounts no overlay', async () => {
    const failed = tampered((args) => args, { lay: async (pid) => await layOverlays(pid, ['/nowhere']) });
    await expect(failed).rejects.toMatchObject({
      code: 'rungUnavailable',
      details: expect.arrayContaining([expect.stringContaining('overlay on /nowhere: ')]) as unknown,
      fix: expect.stringContaining('modprobe overlay') as unknown,
    });
  });

  test('the readback finds a missing system call filter', async () => {
    const found = await tampered((args) => {
      const at = args.indexOf('--seccomp');
      return [...args.slice(0, at), ...args.slice(at + 2)];
    });
    expect(found.join('\n')).toMatch(/Seccomp is 0, not 2/);
    expect(found.join('\n')).toMatch(/descriptor \d+ is open/);
  });
});

test('the check starts a test bottle and reports that it works', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bb-probe-'));
  cleanUps.push(() => rmSync(dir, { recursive: true }));
  const recorded: Resource[] = [];
  const check = await checkBubblewrap({
    id: 'probe-test',
    dir,
    isAskedFor: true,
    record: async (resource) => void recorded.push(resource),
    signal: new AbortController().signal,
  });
  expect(check).toMatchObject({ status: 'ready', fix: '' });
  expect(check.evidence['bwrap']).toMatch(/^\d+\.\d+/);
  expect(recorded).toEqual([{ kind: 'processes', bottleId: 'probe-test' }]);
});
