import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureInitrd } from '../../../src/drivers/microvm/guest/initrd.ts';
import { initrdsDir } from '../../../src/drivers/microvm/guest/cache.ts';

/** The archive that machines boot from is made of this host's programs, and reused as long as they do not change. */

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'initrd-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const kernel = (module: string) => ({
  modules: [{ name: 'virtio_blk', content: Buffer.from(module) }],
});

const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Returns the path of the only note. */
const notePath = (): string =>
  join(initrdsDir(), readdirSync(initrdsDir()).find((name) => name.endsWith('.json')) ?? '');

test('an initrd is named by its content, and not made again', async () => {
  const path = await ensureInitrd(kernel('one'));
  expect(basename(path)).toBe(digestOf(path));
  writeFileSync(path, 'as it was');
  expect(await ensureInitrd(kernel('one'))).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe('as it was');
});

test('another module of the same name makes another initrd', async () => {
  const paths = [await ensureInitrd(kernel('one')), await ensureInitrd(kernel('other'))];
  expect(new Set(paths).size).toBe(2);
});

test('an initrd is made again where it is gone', async () => {
  const path = await ensureInitrd(kernel('one'));
  rmSync(path);
  expect(await ensureInitrd(kernel('one'))).toBe(path);
  expect(digestOf(path)).toBe(basename(path));
});

test('a truncated note of an initrd does not count', async () => {
  const path = await ensureInitrd(kernel('one'));
  writeFileSync(notePath(), readFileSync(notePath(), 'utf8').slice(0, 20));
  expect(await ensureInitrd(kernel('one'))).toBe(path);
});

test.each(['{}', 'null', '{"name":"../x","files":[]}'])(
  'an invalid note of an initrd does not count: %s',
  async (text) => {
    const path = await ensureInitrd(kernel('one'));
    writeFileSync(notePath(), text);
    expect(await ensureInitrd(kernel('one'))).toBe(path);
  },
);

const OTHER = '0'.repeat(64);
type Note = { files: [string, Record<string, number> | null][] };

/** Changes the note, and makes it name another archive; returns whether it is believed. */
async function isBelieved(change: (files: Note['files']) => Note['files']): Promise<boolean> {
  const path = await ensureInitrd(kernel('one'));
  const note = JSON.parse(readFileSync(notePath(), 'utf8')) as Note;
  writeFileSync(join(initrdsDir(), OTHER), '');
  writeFileSync(notePath(), JSON.stringify({ name: OTHER, files: change(note.files) }));
  const found = await ensureInitrd(kernel('one'));
  expect([path, join(initrdsDir(), OTHER)]).toContain(found);
  return found !== path;
}

test('a note of an initrd counts while its files are unchanged', async () => {
  expect(await isBelieved((files) => files)).toBe(true);
});

test.each(['device', 'inode', 'bytes', 'changedMs'])(
  'a note of an initrd does not count once a file has another %s',
  async (field) => {
    const changed = await isBelieved(([first = ['', null], ...others]) => [
      [first[0], { ...first[1], [field]: 7 }],
      ...others,
    ]);
    expect(changed).toBe(false);
  },
);

test('a note of an initrd does not count once a file has gone or come', async () => {
  expect(await isBelieved(([first = ['', null], ...others]) => [['/nowhere', first[1]], ...others])).toBe(
    false,
  );
  expect(await isBelieved(([first = ['', null], ...others]) => [[first[0], null], ...others])).toBe(false);
});

test("an initrd's files include the linker's configuration, programs and their libraries", async () => {
  await ensureInitrd(kernel('one'));
  const { files } = JSON.parse(readFileSync(notePath(), 'utf8')) as Note;
  const paths = files.map(([path]) => path);
  expect(paths).toContain('/etc/ld.so.cache');
  for (const name of ['busybox', 'dropbear', 'setpriv', 'env', 'libc.so.6'])
    expect(paths.some((path) => basename(path) === name)).toBe(true);
});
