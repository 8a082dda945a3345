import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { packFiles } from '../../../src/drivers/microvm/files/pack.ts';
import { readsTar } from '../../../src/drivers/microvm/check/suited.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/** The real mkfs.erofs makes the disk with a bottle's files, in its sandbox, and fsck.erofs reads it. */

let dir: string;
beforeEach(() => {
  dir = mkdtempSync('/var/tmp/bot-bottle-pack-');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const mountOf = (name: string, readOnly: boolean) => ({
  hostPath: join(dir, name),
  guestPath: `/${name}`,
  readOnly,
});

test('files for a machine are on its disk, each under its number, and no other file is left', async () => {
  mkdirSync(join(dir, 'project/-o/in'), { recursive: true });
  writeFileSync(join(dir, 'project/-o/in/a\nb'), 'deep'.repeat(10_000));
  writeFileSync(join(dir, 'note'), 'alone');
  // The launcher's folder for temporary files may have no room for a project.
  vi.stubEnv('TMPDIR', join(dir, 'nowhere'));

  const mounts = [mountOf('project', false), mountOf('note', true)];
  const { writableBytes } = await packFiles(mounts, join(dir, 'disk'), new AbortController().signal);

  expect(writableBytes).toBeGreaterThan(30_000);
  expect(readdirSync(dir).toSorted()).toEqual(['disk', 'note', 'project']);
  expect(lstatSync(join(dir, 'disk')).mode & 0o777).toBe(0o600);
  await runOrThrow('fsck.erofs', [`--extract=${join(dir, 'read')}`, join(dir, 'disk')]);
  expect(readFileSync(join(dir, 'read/0/-o/in/a\nb'), 'utf8')).toBe('deep'.repeat(10_000));
  expect(readFileSync(join(dir, 'read/1'), 'utf8')).toBe('alone');
});

test("files for a machine are packed the same whatever the launcher's umask", async () => {
  mkdirSync(join(dir, 'project'));
  const before = process.umask(0o077);
  try {
    await packFiles([mountOf('project', true)], join(dir, 'disk'), new AbortController().signal);
  } finally {
    process.umask(before);
  }
  expect(lstatSync(join(dir, 'disk')).isFile()).toBe(true);
});

test('a file that cannot be packed is reported with the reason', async () => {
  mkdirSync(join(dir, 'project'));
  mkdirSync(join(dir, 'disk'));
  writeFileSync(join(dir, 'disk/in-the-way'), '');
  await expect(
    packFiles([mountOf('project', true)], join(dir, 'disk'), new AbortController().signal),
  ).rejects.toMatchObject({
    code: 'dependencyMissing',
    message: expect.stringMatching(/^no disk could be made of the files/),
  });
});

test("the help of this host's mkfs.erofs says that it reads a tar", async () => {
  expect(await readsTar()).toBe(true);
});
