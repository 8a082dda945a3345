import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Tree } from './tree.ts';

let folder: string;
let tree: Tree;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-tree-'));
  mkdirSync(join(folder, 'top/a/b'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside/secret'), 'secret');
  writeFileSync(join(folder, 'top/a/b/file'), 'content');
  tree = new Tree(join(folder, 'top'));
});
afterEach(() => {
  tree[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function read(path: string): string | undefined {
  const fd = tree.openFile(path);
  if (fd === undefined) return undefined;
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

describe('a tree', () => {
  test('a tree reads its entries', () => {
    expect(read('a/b/file')).toBe('content');
    expect(tree.entry('a/b')).toEqual({ kind: 'folder' });
    expect(tree.entry('a/nothing/here')).toBeUndefined();
    expect(tree.list('a').map(({ name }) => name)).toEqual(['b']);
  });

  test.each(['link', 'link/secret', 'a/up/outside/secret'])('a tree follows no symlink: %s', (path) => {
    symlinkSync('../outside', join(folder, 'top/link'));
    symlinkSync('../../', join(folder, 'top/a/up'));
    expect(readFileSync(join(folder, 'top/link/secret'), 'utf8')).toBe('secret');
    expect(read(path)).toBeUndefined();
    expect(tree.locate(`${path}/new`)).toBeUndefined();
  });

  test.each(['..', '../outside/secret', 'a/../../outside/secret', './a', '', 'a//b', '/etc/passwd'])(
    'a tree has no way out: %j',
    (path) => {
      expect(tree.locate(path)).toBeUndefined();
      expect(read(path)).toBeUndefined();
    },
  );

  test('a tree stays in its open folder when that is swapped for a symlink', () => {
    const located = tree.locate('a/b/file') ?? '';
    rmSync(join(folder, 'top/a/b'), { recursive: true });
    symlinkSync('../../outside', join(folder, 'top/a/b'));
    writeFileSync(join(folder, 'outside/file'), 'swapped in');
    expect(readFileSync(join(folder, 'top/a/b/file'), 'utf8')).toBe('swapped in');
    expect(() => readFileSync(located)).toThrow(/ENOENT/);
  });

  test('a tree does not wait for a FIFO, and reports its type', () => {
    execFileSync('mkfifo', [join(folder, 'top/pipe')]);
    expect(read('pipe')).toBeUndefined();
    expect(tree.entry('pipe')).toEqual({ kind: 'special', what: 'fifo' });
  });
});
