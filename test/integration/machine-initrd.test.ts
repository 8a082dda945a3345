import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureInitrd } from '../../src/drivers/microvm/guest/initrd.ts';
import { initrdsDir } from '../../src/drivers/microvm/guest/kept.ts';

/** The archive that machines begin with is made of this host's programs, and found again for as long as they are as they were. */

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
  digest: 'sha256:1',
  modules: [{ name: 'virtio_blk', content: Buffer.from(module) }],
});

const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The one note there is. */
const notePath = (): string =>
  join(initrdsDir(), readdirSync(initrdsDir()).find((name) => name.endsWith('.json')) ?? '');

test('it is named by its content, and not made again', async () => {
  const path = await ensureInitrd(kernel('one'));
  expect(basename(path)).toBe(digestOf(path));
  writeFileSync(path, 'as it was');
  expect(await ensureInitrd(kernel('one'))).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe('as it was');
});

test('another module of the same name makes another', async () => {
  const paths = [await ensureInitrd(kernel('one')), await ensureInitrd(kernel('other'))];
  expect(new Set(paths).size).toBe(2);
});

test('it is made again where it is gone', async () => {
  const path = await ensureInitrd(kernel('one'));
  rmSync(path);
  expect(await ensureInitrd(kernel('one'))).toBe(path);
  expect(digestOf(path)).toBe(basename(path));
});

test('a note that was cut short is none', async () => {
  const path = await ensureInitrd(kernel('one'));
  writeFileSync(notePath(), readFileSync(notePath(), 'utf8').slice(0, 20));
  expect(await ensureInitrd(kernel('one'))).toBe(path);
});

test.each([0, 1, 2, 3])('a note is not believed once a file is another one (its field %i)', async (field) => {
  const path = await ensureInitrd(kernel('one'));
  const note = JSON.parse(readFileSync(notePath(), 'utf8')) as { name: string; files: unknown[][] };
  writeFileSync(join(initrdsDir(), 'noted'), '');
  writeFileSync(notePath(), JSON.stringify({ ...note, name: 'noted' }));
  expect(await ensureInitrd(kernel('one'))).toBe(join(initrdsDir(), 'noted')); // believed: the control
  const [last = []] = note.files.splice(-1);
  const other = field === 0 ? `${String(last[0])}-gone` : Number(last[field]) + 1;
  note.files.push(last.with(field, other));
  writeFileSync(notePath(), JSON.stringify({ ...note, name: 'noted' }));
  expect(await ensureInitrd(kernel('one'))).toBe(path);
});
