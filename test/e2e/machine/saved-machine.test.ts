import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { machinePaths } from '../../../src/drivers/microvm/files/layout.ts';
import { ensureInitrd } from '../../../src/drivers/microvm/guest/initrd.ts';
import { ensureKernel } from '../../../src/drivers/microvm/guest/kernel/kernel.ts';
import { startedPath } from '../../../src/drivers/microvm/guest/kernel/make-kernel.ts';
import { savedDir } from '../../../src/drivers/microvm/guest/cache.ts';
import { ensureImageDisk } from '../../../src/drivers/microvm/image.ts';
import { acceleration } from '../../../src/drivers/microvm/check/acceleration.ts';
import { saveMachine } from '../../../src/drivers/microvm/saved/save.ts';
import { LINK, VM, type Machine } from '../../../src/drivers/microvm/vmm/machine.ts';
import { QEMU_VMM } from '../../../src/drivers/microvm/vmm/qemu.ts';
import type { Vmm } from '../../../src/drivers/microvm/vmm/vmm.ts';
import { makeHome } from '../../support/home.ts';
import { vmmsOf } from '../../support/hosts/machines.ts';

/** Machines of bottles continue from one that was saved after it booted, and none has data of another. */

const home = makeHome();
// No other test uses these resources: the saved machine belongs to this test.
const resources = { cpus: 1, memory: '208m', pids: 128, disk: '48m' };
const manifest = home.manifest({
  bottles: { box: { workspace: 'none', resources } },
  agents: { one: { bottle: 'box', agent: 'shell' }, other: { bottle: 'box', agent: 'shell' } },
});
afterAll(async () => await home.remove());

const OWN =
  'cd /proc/sys/kernel/random; cat boot_id uuid /etc/machine-id; head -c 16 /dev/urandom | od -An -tx1';

interface Seen {
  readonly said: string;
  /** How the bottle's machine began. */
  readonly began: string;
  /** The sizes of the machine's own disks, in their order. */
  readonly diskBytes: readonly number[];
}

/** Starts a bottle that runs the script, and waits for its end. */
async function start(agent: string, script: string): Promise<Seen> {
  const args = ['start', agent, home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  const launcher = home.spawn([...args, '--', 'sh', '-c', `${script}; echo over; cat`]);
  let [said, trouble] = ['', ''];
  launcher.stderr?.on('data', (chunk: Buffer) => (trouble += chunk.toString()));
  const closed = new Promise<void>((resolve) => launcher.once('close', () => resolve()));
  await new Promise<void>((resolve) => {
    launcher.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.endsWith('over\n')) resolve();
    });
    void closed.then(resolve);
  });
  const row = (await home.list()).find((one) => one.agent === agent && one.state === 'running');
  if (row === undefined) throw new Error(`${agent} did not start: ${trouble}`);
  const { began = '' } = home.receipt(row.id).evidence;
  const paths = machinePaths(join(home.bottlesDir, row.id, 'run'));
  const disks = [paths.scratchPath, paths.filesPath, paths.workPath, paths.ownPath];
  const diskBytes = await Promise.all(disks.map(async (path) => (await stat(path)).size));
  launcher.stdin?.end();
  await closed;
  return { said: said.replace(/over\n$/, ''), began, diskBytes };
}

/** Returns the folder of the saved machine that was used last. */
async function lastSaved(): Promise<string> {
  const names = (await readdir(savedDir())).filter((name) => !name.includes('.'));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, ms: (await stat(join(savedDir(), name))).mtimeMs })),
  );
  return join(savedDir(), dated.toSorted((a, b) => b.ms - a.ms)[0]?.name ?? '');
}

/**
 * Returns the same folder and removes it after this test, however it ends, with the note why it did not continue: no
 * other test can use it.
 */
async function lastSavedForNow(): Promise<string> {
  const dir = await lastSaved();
  onTestFinished(async () => {
    await rm(dir, { recursive: true, force: true });
    await rm(`${dir}.why-not`, { force: true });
  });
  return dir;
}

test('machines resumed from a saved one share no secret, and have the current time', async () => {
  await start('one', 'true'); // saves the machine
  const savedAt = (await stat(join(await lastSaved(), 'state'))).mtimeMs;
  await sleep(Math.max(0, savedAt + 10_000 - Date.now()));
  const before = Math.floor(Date.now() / 1000);
  const both = [await start('one', `date +%s; ${OWN}`), await start('other', `date +%s; ${OWN}`)];
  const after = Math.ceil(Date.now() / 1000);
  for (const { began } of both) expect(began).toBe('from one that was saved when it had booted');
  const lines = both.map(({ said }) => said.trim().split('\n'));
  for (const [seconds = ''] of lines) {
    expect(Number(seconds)).toBeGreaterThanOrEqual(before - 1);
    expect(Number(seconds)).toBeLessThanOrEqual(after + 1);
  }
  const [one = [], other = []] = lines.map(([, ...own]) => own);
  expect([one.length, other.length]).toEqual([4, 4]);
  expect(one.filter((line) => other.includes(line))).toEqual([]);
});

test('a saved machine that does not resume is given up, and the machine boots', async () => {
  const dir = await lastSavedForNow();
  await truncate(join(dir, 'state'), 1_000_000);
  const { said, began } = await start('one', 'echo here');
  expect(said).toBe('here\n');
  expect(began).toMatch(/^from its kernel: /);
  expect(await readdir(savedDir())).not.toContain(dir.split('/').at(-1));
  // The next start does not try it again at once.
  expect((await start('one', 'echo here')).began).toBe('from its kernel: one that was saved did not go on');
});

const work = { progress: () => undefined, signal: new AbortController().signal };

interface Other {
  /** A changed VMM. */
  readonly vmm?: Vmm;
  /** A changed initial RAM disk. */
  readonly initrdPath?: string;
}

/** Saves the machine of a bottle with these disks and the given changes; passes its state to `use`. */
async function save(
  diskBytes: readonly number[],
  { vmm = QEMU_VMM, initrdPath }: Other,
  use: (statePath: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'saved-'));
  const [kernel, base] = await Promise.all([ensureKernel(work), ensureImageDisk({ kind: 'default' }, work)]);
  const paths = [VM.scratch, VM.files, VM.work, VM.own];
  const machine: Machine = {
    cpus: 1,
    memoryMib: 208,
    kernelPath: VM.kernel,
    initrdPath: VM.initrd,
    disks: [
      { path: VM.base, readOnly: true },
      ...paths.map((path) => ({ path, readOnly: path === VM.files })),
    ],
    tapName: LINK.tapName,
  };
  const files = {
    kernelPath: startedPath(kernel, vmm),
    initrdPath: initrdPath ?? (await ensureInitrd(kernel)),
    basePath: base.disk.path,
    baseDigest: base.disk.digest,
  };
  const found = await acceleration(QEMU_VMM, { ...work, ownerId: 'saved-test', dir, kernel });
  try {
    const saving = { bottleId: 'saved-test', vmm, machine, start: found, files, diskBytes, dir };
    await use(join(await saveMachine(saving, work.signal), 'state'));
  } finally {
    await rm(dir, { recursive: true });
  }
}

/**
 * Makes the next start continue from a machine whose archive has `is` in place of `was`, of the same length. Returns
 * its folder.
 */
async function saveOther(was: string, is: string): Promise<string> {
  const { diskBytes } = await start('one', 'true');
  const dir = await lastSavedForNow();
  const archive = await readFile(await ensureInitrd(await ensureKernel(work)), 'latin1');
  expect(archive.split(was)).toHaveLength(2);
  expect(is).toHaveLength(was.length);
  const initrdPath = join(home.dir, 'initrd');
  await writeFile(
    initrdPath,
    archive.replace(was, () => is),
    'latin1',
  );
  await save(diskBytes, { initrdPath }, async (statePath) => {
    await rm(join(dir, 'state'));
    await copyFile(statePath, join(dir, 'state'));
  });
  return dir;
}

test('a saved machine that hangs is given up before its gateway is connected, and the machine boots', async () => {
  const dir = await saveOther('until first=$(begins) && [', 'until false           && [');
  const { said, began } = await start('one', 'echo here');
  expect(said).toBe('here\n');
  expect(began).toMatch(/^from its kernel: the machine did not answer within \d+ s$/);
  expect(await readdir(savedDir())).not.toContain(basename(dir));
});

test.each([
  {
    how: 'lets nobody in',
    was: '-D $home/authorized ',
    is: '-D $home/nobodyknows',
    words: 'the machine did not come up: it lets nobody in',
  },
  {
    how: 'ends, saying why',
    was: 'echo 1048576 >/proc/sys/fs/file-max',
    is: "fail 'what is its own is not there'",
    words: 'the machine did not come up: what is its own is not there',
  },
])(
  'a saved machine that answers and then $how is given up, and the next start boots',
  async ({ was, is, words }) => {
    const dir = await saveOther(was, is);
    await expect(start('one', 'true')).rejects.toThrow(words);
    expect(await readdir(savedDir())).not.toContain(basename(dir));
    expect((await start('one', 'true')).began).toBe('from its kernel: one that was saved did not go on');
  },
);

test('a VMM that is killed early is reported as that, also the one that boots in its place', async () => {
  await start('one', 'true');
  await lastSavedForNow();
  const before = new Set(await readdir(home.bottlesDir));
  const args = ['start', 'one', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  const launcher = home.spawn([...args, '--', 'true']);
  let trouble = '';
  launcher.stderr?.on('data', (chunk: Buffer) => (trouble += chunk.toString()));
  const closed = once(launcher, 'close');
  const ended = new Set<number>();
  while (ended.size < 2 && launcher.exitCode === null) {
    const ids = (await readdir(home.bottlesDir)).filter((name) => !before.has(name));
    const [pid] = vmmsOf(ids).filter((one) => !ended.has(one));
    if (pid === undefined) {
      await sleep(10);
      continue;
    }
    process.kill(pid, 'SIGKILL');
    ended.add(pid);
  }
  const [code] = (await closed) as [number];
  expect(code).toBe(6);
  const words = 'the machine did not come up: its VMM was ended by signal 9';
  expect(trouble).toContain(`a machine that was saved does not go on: booting one (${words})`);
  expect(trouble).toContain(`\nerror: ${words}\n`);
  expect(trouble).toContain('what to do: if nobody here has ended it, the kernel did, for want of memory');
});

const MIB = 1024 ** 2;
const DISKS = [64 * MIB, 256 * MIB, 1024 * MIB, MIB];

test('a machine with seeded randomness is not saved, because resumed ones could share keys', async () => {
  await save(DISKS, {}, async (statePath) => {
    expect((await readFile(statePath)).subarray(0, 4).toString()).toBe('QEVM');
  });
  const seeded: Vmm = {
    ...QEMU_VMM,
    command: (machine, order) =>
      QEMU_VMM.command(machine, order).map((word) => word.replace('trust_cpu=off', 'trust_cpu=on')),
  };
  const saving = save(DISKS, { vmm: seeded }, async () => undefined);
  await expect(saving).rejects.toThrow('bot-bottle cannot be saved: seeded');
});
