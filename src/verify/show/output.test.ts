import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isHeldInPlace, openOutput } from './output.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('an output file appears complete, without another file beside it', async () => {
  const output = await openOutput(at('page.html'));
  expect(readdirSync(folder)).toEqual([]);
  await output?.write('the page');
  expect(readdirSync(folder)).toEqual(['page.html']);
  expect(readFileSync(at('page.html'), 'utf8')).toBe('the page');
});

describe('an existing output file', () => {
  test('an existing output file stays until then, and keeps its mode', async () => {
    writeFileSync(at('page.html'), 'the last one, which was longer');
    chmodSync(at('page.html'), 0o640);
    const output = await openOutput(at('page.html'));
    expect(readFileSync(at('page.html'), 'utf8')).toBe('the last one, which was longer');
    await output?.write('the page');
    expect(readFileSync(at('page.html'), 'utf8')).toBe('the page');
    expect(statSync(at('page.html')).mode & 0o777).toBe(0o640);
  });

  test('an existing output file is found behind a link, which stays', async () => {
    writeFileSync(at('real'), '');
    symlinkSync('real', at('link'));
    await (await openOutput(at('link')))?.write('the page');
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('real'), 'utf8')).toBe('the page');
  });
});

test('an output file that cannot be replaced leaves no other file', async () => {
  const output = await openOutput(at('page.html'));
  mkdirSync(at('page.html'));
  await expect(output?.write('the page')).rejects.toMatchObject({ code: 'usage' });
  expect(readdirSync(folder)).toEqual(['page.html']);
});

test.each(['/nonexistent/page.html', '/proc/page.html', tmpdir()])(
  '%s is refused as an output file before anything else',
  async (path) => {
    await expect(openOutput(path)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`${path} cannot be written: `) as string,
    });
  },
);

test('a device is written directly, and a full one is reported', async () => {
  await (await openOutput('/dev/null'))?.write('the page');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  await expect((await openOutput('/dev/full'))?.write('the page')).rejects.toMatchObject({
    message: expect.stringContaining('/dev/full cannot be written: ENOSPC') as string,
  });
});

test('only files that cannot be renamed over are written directly', () => {
  const failed = (code: string, syscall = 'rename'): Error =>
    Object.assign(new Error(code), { code, syscall });
  const codes = ['EBUSY', 'EPERM', 'EACCES', 'ENOSPC', 'EIO', 'EXDEV'];
  expect(codes.filter((code) => isHeldInPlace(failed(code)))).toEqual(['EBUSY', 'EPERM', 'EACCES']);
  expect(isHeldInPlace(failed('EPERM', 'open'))).toBe(false);
  expect(isHeldInPlace(new Error('EBUSY'))).toBe(false);
});
