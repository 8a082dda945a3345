import {
  linkSync,
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
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GUEST } from '../../drivers/driver.ts';
import { toldPath } from '../guest/work.ts';
import { writeSignalFile } from './signal-file.ts';

let folder: string;
const inWorkspace = (name: string): string => join(folder, 'work', name);
const outside = (): string => join(folder, 'of-the-host');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tell-'));
  mkdirSync(inWorkspace(''));
  writeFileSync(outside(), 'as it was');
});
afterEach(() => rmSync(folder, { recursive: true }));

const nonce = 'n0nce';
const name = basename(toldPath(nonce));

test('the signal file is where the bottle looks for it, readable for each of its users', () => {
  expect(dirname(toldPath(nonce))).toBe(GUEST.workspace);
  writeSignalFile(inWorkspace(''), nonce);
  expect(readFileSync(inWorkspace(name), 'utf8')).toBe(nonce);
  expect(statSync(inWorkspace(name)).mode & 0o777).toBe(0o644);
});

describe('signal files and planted links', () => {
  test.each<[string, () => void]>([
    ['a link to a file', () => symlinkSync(outside(), inWorkspace(name))],
    ['a link to nothing', () => symlinkSync(join(folder, 'absent'), inWorkspace(name))],
    ['another name of a file', () => linkSync(outside(), inWorkspace(name))],
    ['a folder', () => mkdirSync(inWorkspace(name))],
  ])('the signal file is not written through a planted entry: %s', (_what, plant) => {
    plant();
    const before = lstatSync(inWorkspace(name));
    expect(() => writeSignalFile(inWorkspace(''), nonce)).toThrow(
      expect.objectContaining({ code: 'verifyFailed' }),
    );
    expect(readFileSync(outside(), 'utf8')).toBe('as it was');
    expect(readdirSync(folder).toSorted()).toEqual(['of-the-host', 'work']);
    expect(lstatSync(inWorkspace(name))).toMatchObject({ ino: before.ino, mode: before.mode });
  });
});
