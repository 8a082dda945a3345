import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOfTree } from './tree-digest.ts';

let root: string;
const at = (path: string): string => join(root, path);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bot-bottle-digest-'));
  mkdirSync(at('node_modules/a'), { recursive: true });
  writeFileSync(at('node_modules/.package-lock.json'), '{}');
  writeFileSync(at('node_modules/a/cli.js'), 'good');
  symlinkSync('../a/cli.js', at('node_modules/link'));
});
afterEach(() => rmSync(root, { recursive: true }));

test.each<[string, () => void]>([
  ['the content of a file', () => writeFileSync(at('node_modules/a/cli.js'), 'evil')],
  ['permissions', () => chmodSync(at('node_modules/a/cli.js'), 0o4755)],
  ['those of a folder', () => chmodSync(at('node_modules/a'), 0o777)],
  ['another file', () => writeFileSync(at('node_modules/a/b'), '')],
  ['an empty folder', () => mkdirSync(at('x'))],
  ['another name', () => renameSync(at('node_modules/a'), at('node_modules/b'))],
  [
    'where a link leads',
    () => {
      rmSync(at('node_modules/link'));
      symlinkSync('/etc/passwd', at('node_modules/link'));
    },
  ],
])("a change of %s changes the tree's digest", async (_, change) => {
  const before = await digestOfTree(root);
  expect(await digestOfTree(root)).toBe(before);
  change();
  expect(await digestOfTree(root)).not.toBe(before);
});

test("a FIFO in place of npm's list is refused, and does not block", async () => {
  rmSync(at('node_modules/.package-lock.json'));
  execFileSync('mkfifo', [at('node_modules/.package-lock.json')]);
  await expect(digestOfTree(root)).rejects.toThrow('node_modules/.package-lock.json is neither');
});
