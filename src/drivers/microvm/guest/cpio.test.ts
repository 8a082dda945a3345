import { expect, test } from 'vitest';
import { cpioOf, type Entry } from './cpio.ts';
import { readCpio } from './cpio.testing.ts';

const ENTRIES: readonly Entry[] = [
  { kind: 'folder', path: 'bin' },
  { kind: 'file', path: 'bin/odd', mode: 0o755, content: 'abc' },
  { kind: 'file', path: 'whole', content: Buffer.from([0, 255, 10, 0]) },
  { kind: 'file', path: 'empty', content: '' },
  { kind: 'link', path: 'bin/sh', target: 'odd' },
  { kind: 'device', path: 'tty', major: 5, minor: 0 },
  { kind: 'device', path: 'full', major: 1, minor: 7 },
];

test('an archive has each entry as given, and a trailer', () => {
  const found = readCpio(cpioOf(ENTRIES));
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

test('an absolute path is refused', () => {
  expect(() => cpioOf([{ kind: 'file', path: '/init', content: '' }])).toThrow('not relative: /init');
});
