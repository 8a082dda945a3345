import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { ensureDistributionKernel } from '../../../src/drivers/microvm/guest/kernel/distribution-kernel.ts';
import type { GuestKernel } from '../../../src/drivers/microvm/guest/kernel/make-kernel.ts';
import { cacheDir } from '../../../src/host/paths.ts';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * Virtual machines with a kernel that the user provides. A copy of the distribution's kernel in another place
 * represents it.
 */

const STARTED_MS = 240_000;
let home: Home;
let kernel: GuestKernel;
let imagePath: string;
let modulesPath: string;

beforeAll(async () => {
  home = makeHome();
  kernel = await ensureDistributionKernel({
    progress: () => undefined,
    signal: new AbortController().signal,
  });
  givenBefore = given();
  const dir = home.project('kernel', {});
  [imagePath, modulesPath] = [join(dir, 'vmlinux'), join(dir, 'modules')];
  copyFileSync(kernel.vmlinuxPath, imagePath);
  mkdirSync(modulesPath);
  for (const { name, content } of kernel.modules)
    writeFileSync(join(modulesPath, `${basename(name)}.ko`), content);
  writeFileSync(join(modulesPath, 'modules.builtin'), 'kernel/fs/ext4/ext4.ko\n');
}, 600_000);

const kernelsDir = join(cacheDir(), 'kernels');
const given = (): string[] => readdirSync(kernelsDir).filter((name) => name.startsWith('given-'));
let givenBefore: string[] = [];

afterAll(async () => {
  for (const name of given().filter((name) => !givenBefore.includes(name)))
    rmSync(join(kernelsDir, name), { recursive: true });
  await home.remove();
});

type Variables = Readonly<Record<string, string>>;

/** Starts a bottle that prints its kernel's release. `own`: the variables of the bottle in the manifest. */
async function start(env: Variables, own: Variables = {}) {
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', env: own } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  return await home.run([...args, '--', 'uname', '-r'], { env, timeoutMs: STARTED_MS });
}

test("a machine runs the user's kernel, and the receipt has its digest", async () => {
  const ended = await start({ BOT_BOTTLE_KERNEL: imagePath, BOT_BOTTLE_KERNEL_MODULES: modulesPath });
  expect(ended).toMatchObject({ code: 0, stdout: `${kernel.release}\n` });
  const [row] = await home.list();
  const { evidence, launchChecks } = home.receipt(row?.id ?? '');
  const digest = createHash('sha256').update(readFileSync(imagePath)).digest('hex');
  expect(evidence['guestKernelGiven']).toBe(`sha256:${digest}`);
  expect(evidence['guestKernel']).toBe(`${kernel.release} sha256:${digest}`);
  // An uncompressed kernel starts at its linked address.
  expect(launchChecks.map((check) => check.id)).not.toContain('machine.kaslr');
});

test('a manifest cannot name a kernel', async () => {
  const ended = await start({}, { BOT_BOTTLE_KERNEL: imagePath });
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('BOT_BOTTLE_KERNEL');
});

/** Makes a folder of modules that lacks the one in `without`, and has the release in `release`. */
function otherModules(
  name: string,
  change: { readonly without?: string; readonly release?: string },
): string {
  const path = join(home.dir, 'kernel', name);
  mkdirSync(path);
  for (const file of readdirSync(modulesPath).filter((file) => file !== change.without)) {
    const content = readFileSync(join(modulesPath, file));
    const at = change.release === undefined ? -1 : content.indexOf(`vermagic=${kernel.release}`);
    if (at >= 0) content.write(change.release ?? '', at + 'vermagic='.length);
    writeFileSync(join(path, file), content);
  }
  return path;
}

test.each([
  ['is not there', () => ({ BOT_BOTTLE_KERNEL: '/nonexistent/vmlinux' }), 'there is nothing at /nonexistent'],
  ['is a relative path', () => ({ BOT_BOTTLE_KERNEL: 'vmlinux' }), 'no absolute path'],
  ['is no kernel', () => ({ BOT_BOTTLE_KERNEL: '/etc/hostname' }), 'neither an ELF file nor'],
  ['is a program', () => ({ BOT_BOTTLE_KERNEL: '/usr/bin/busybox' }), 'does not say which release'],
  ['is a device', () => ({ BOT_BOTTLE_KERNEL: '/dev/zero' }), 'no file of a kernel'],
  ['comes without its modules', () => ({ BOT_BOTTLE_KERNEL: imagePath }), 'the kernel has no virtio_mmio'],
  [
    'lacks a file system',
    () => ({
      BOT_BOTTLE_KERNEL: imagePath,
      BOT_BOTTLE_KERNEL_MODULES: otherModules('no-erofs', { without: 'erofs.ko' }),
    }),
    'the kernel has no erofs',
  ],
  [
    'comes with another’s modules',
    () => ({
      BOT_BOTTLE_KERNEL: imagePath,
      BOT_BOTTLE_KERNEL_MODULES: otherModules('other', { release: '5' }),
    }),
    'and the kernel is',
  ],
  ['is modules alone', () => ({ BOT_BOTTLE_KERNEL_MODULES: modulesPath }), 'BOT_BOTTLE_KERNEL is not'],
])('a kernel that %s is refused before anything starts', async (_what, given, why) => {
  const before = await home.list();
  const ended = await start(given());
  expect(ended.code).toBe(6);
  expect(ended.stderr).toContain(why);
  expect(ended.stderr).toContain('BOT_BOTTLE_KERNEL:');
  expect(await home.list()).toEqual(before);
});

/** Makes a cache with these kernels where apt does not name the newest: a stand-in for apt-cache(8) fails. */
async function withoutNewest(names: readonly string[]) {
  const programs = home.project('programs', {});
  writeFileSync(join(programs, 'apt-cache'), '#!/bin/sh\nexit 100\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${programs}:${process.env['PATH'] ?? ''}`);
  const dir = join(home.project('cache', {}), 'bot-bottle/kernels');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const name of names)
    cpSync(join(kernelsDir, name), join(dir, name), { recursive: true, preserveTimestamps: true });
  vi.stubEnv('XDG_CACHE_HOME', join(home.dir, 'cache'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const said: string[] = [];
  const { signal } = new AbortController();
  return {
    said,
    kernel: ensureDistributionKernel({ progress: (line) => said.push(line), signal }),
  };
}

test('the last kernel is used with a note where the newest is missing, and its absence is the reason without one', async () => {
  const fetched = readdirSync(kernelsDir).filter((name) => name.startsWith('linux-image-'));
  const { said, kernel: found } = await withoutNewest(fetched);
  expect((await found).release).toBe(kernel.release);
  expect(said.at(-1)).toMatch(/^the newest kernel cannot be had now \(.+\): linux-image-.+ it is$/);
  const newest = readFileSync(join(home.dir, 'cache/bot-bottle/kernels/newest.txt'), 'utf8');
  expect(fetched.some((name) => name.startsWith(`${newest}-`))).toBe(true);
  const { kernel: none } = await withoutNewest([]);
  await expect(none).rejects.toMatchObject({ code: 'dependencyMissing' });
});
