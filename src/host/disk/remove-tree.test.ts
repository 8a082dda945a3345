import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { removeTree } from '../files.ts';

/** A folder for trees that are hard to remove. */

const makeDir = (): string => mkdtempSync(join(tmpdir(), 'remove-tree-'));

/**
 * Runs in a separate process, because a worker of the tests cannot change its folder. @param script of Node, run in
 * `dir`
 */
const makeIn = (dir: string, script: string): void =>
  void execFileSync(process.execPath, ['-e', `const fs = require('node:fs'); ${script}`], { cwd: dir });

test('removing a tree works deeper than a path can be or files can be open', async () => {
  const dir = makeDir();
  makeIn(
    dir,
    `for (let depth = 0; depth < 300; depth += 1) {
      fs.mkdirSync('d'.repeat(200));
      process.chdir('d'.repeat(200));
      fs.writeFileSync('file', '');
    }`,
  );
  await removeTree(dir);
  expect(existsSync(dir)).toBe(false);
});

const LONG = 'x'.repeat(240);

test('removing a tree with many long names takes little memory', async () => {
  const dir = makeDir();
  makeIn(dir, `for (let i = 0; i < 8_000; i += 1) fs.closeSync(fs.openSync(i + '${LONG}', 'w'));`);
  const program = join(makeDir(), 'remove.cjs');
  const contents = `import { removeTree } from './remove-tree.ts'; void removeTree(process.argv[1]);`;
  const stdin = { contents, resolveDir: import.meta.dirname };
  buildSync({ stdin, bundle: true, platform: 'node', outfile: program });
  const limits = ['--max-old-space-size=8', '--max-semi-space-size=1'];
  execFileSync(process.execPath, [...limits, '--eval', `require(${JSON.stringify(program)})`, dir]);
  expect(existsSync(dir)).toBe(false);
});

test('removing a tree removes names that are not text and closed folders, and follows no link', async () => {
  const [dir, outside] = [makeDir(), makeDir()];
  writeFileSync(join(outside, 'kept'), '');
  symlinkSync(outside, join(dir, 'link'));
  const raw = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x0a, 0xfe])]);
  mkdirSync(raw);
  writeFileSync(Buffer.concat([raw, Buffer.from('/x')]), '');
  mkdirSync(join(dir, 'closed/in'), { recursive: true });
  writeFileSync(join(dir, 'closed/in/file'), '');
  for (const closed of ['closed/in', 'closed']) chmodSync(join(dir, closed), 0);
  await removeTree(dir);
  expect(existsSync(dir)).toBe(false);
  expect(existsSync(join(outside, 'kept'))).toBe(true);
  await removeTree(outside);
  await removeTree(outside);
});

test('removing a tree removes nothing elsewhere when a folder is exchanged for a link', async () => {
  const [dir, outside] = [makeDir(), makeDir()];
  mkdirSync(join(dir, 'inside'));
  for (let index = 0; index < 400; index += 1)
    for (const folder of [join(dir, 'inside'), outside]) writeFileSync(join(folder, String(index)), '');
  const removing = removeTree(dir);
  while (readdirSync(join(dir, 'inside')).length === 400) await nextTurn();
  renameSync(join(dir, 'inside'), join(dir, 'moved'));
  symlinkSync(outside, join(dir, 'inside'));
  expect(readdirSync(join(dir, 'inside'))).toHaveLength(400); // its path now names another folder
  await removing;
  expect(existsSync(dir)).toBe(false);
  expect(readdirSync(outside)).toHaveLength(400);
});
