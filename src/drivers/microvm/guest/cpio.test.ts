import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cpioOf, type Entry } from './cpio.ts';

const ENTRIES: readonly Entry[] = [
  { kind: 'folder', path: 'bin' },
  { kind: 'file', path: 'bin/odd', mode: 0o755, content: 'abc' },
  { kind: 'file', path: 'whole', content: Buffer.from([0, 255, 10, 0]) },
  { kind: 'file', path: 'empty', content: '' },
  { kind: 'link', path: 'bin/sh', target: 'odd' },
];

test('cpio(1) unpacks it as it was meant', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cpio-'));
  try {
    execFileSync('cpio', ['-idm', '--quiet'], { cwd: dir, input: cpioOf(ENTRIES) });
    expect(lstatSync(join(dir, 'bin')).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(dir, 'bin/odd')).mode & 0o7777).toBe(0o755);
    expect(readFileSync(join(dir, 'bin/odd'), 'utf8')).toBe('abc');
    expect([...readFileSync(join(dir, 'whole'))]).toEqual([0, 255, 10, 0]);
    expect(readFileSync(join(dir, 'empty')).length).toBe(0);
    expect(readlinkSync(join(dir, 'bin/sh'))).toBe('odd');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the same entries give the same bytes, and a whole number of words', () => {
  const archive = cpioOf(ENTRIES);
  expect(archive.equals(cpioOf(ENTRIES))).toBe(true);
  expect(archive.length % 4).toBe(0);
});

test('a path from the root is refused', () => {
  expect(() => cpioOf([{ kind: 'file', path: '/init', content: '' }])).toThrow('not relative: /init');
});
