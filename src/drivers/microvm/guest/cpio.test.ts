import { expect, test } from 'vitest';
import { cpioOf, type Entry } from './cpio.ts';

const ENTRIES: readonly Entry[] = [
  { kind: 'folder', path: 'bin' },
  { kind: 'file', path: 'bin/odd', mode: 0o755, content: 'abc' },
  { kind: 'file', path: 'whole', content: Buffer.from([0, 255, 10, 0]) },
  { kind: 'file', path: 'empty', content: '' },
  { kind: 'link', path: 'bin/sh', target: 'odd' },
  { kind: 'device', path: 'tty', major: 5, minor: 0 },
  { kind: 'device', path: 'full', major: 1, minor: 7 },
];

const HEAD_BYTES = 110;
const aligned = (length: number): number => Math.ceil(length / 4) * 4;

/** Reads an archive as the kernel's format says (buffer-format.rst): fields of 8 hex digits behind a magic of 6. */
function read(archive: Buffer): { path: string; mode: string; device: string; content: Buffer }[] {
  const found = [];
  for (let at = 0; at < archive.length;) {
    const head = archive.toString('latin1', at, at + HEAD_BYTES);
    expect(head.slice(0, 6)).toBe('070701');
    const [, mode = 0, uid, gid, , time, size = 0, , , major, minor, nameBytes = 0] = Array.from(
      { length: 13 },
      (_, index) => Number.parseInt(head.slice(6 + index * 8, 14 + index * 8), 16),
    );
    expect([uid, gid, time]).toEqual([0, 0, 0]);
    const path = archive.toString('utf8', at + HEAD_BYTES, at + HEAD_BYTES + nameBytes - 1);
    const from = at + aligned(HEAD_BYTES + nameBytes);
    found.push({
      path,
      mode: mode.toString(8),
      device: `${major}:${minor}`,
      content: archive.subarray(from, from + size),
    });
    at = from + aligned(size);
  }
  return found;
}

test('each is there as it was meant, and a trailer behind them', () => {
  const found = read(cpioOf(ENTRIES));
  expect(found.map(({ path, mode, device }) => `${path} ${mode} ${device}`)).toEqual([
    'bin 40755 0:0',
    'bin/odd 100755 0:0',
    'whole 100644 0:0',
    'empty 100644 0:0',
    'bin/sh 120777 0:0',
    'tty 20666 5:0',
    'full 20666 1:7',
    'TRAILER!!! 0 0:0',
  ]);
  const contents = found.map(({ content }) => [...content]);
  expect(contents).toEqual([
    [],
    [...Buffer.from('abc')],
    [0, 255, 10, 0],
    [],
    [...Buffer.from('odd')],
    [],
    [],
    [],
  ]);
});

test('the same entries give the same bytes', () => {
  expect(cpioOf(ENTRIES).equals(cpioOf(ENTRIES))).toBe(true);
});

test('a path from the root is refused', () => {
  expect(() => cpioOf([{ kind: 'file', path: '/init', content: '' }])).toThrow('not relative: /init');
});
