import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from './files.ts';

/** Folders that an agent makes so that they stay. */

const makeDir = (): string => mkdtempSync(join(tmpdir(), 'remove-tree-'));

/** A step at a time, in a process of its own: a worker of the tests has no folder of its own. */
const DEEP = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  for (let depth = 0; depth < 30; depth += 1) {
    mkdirSync('d'.repeat(200));
    process.chdir('d'.repeat(200));
  }
  writeFileSync('file', '');
`;

test('removes what lies deeper than a path can say', async () => {
  const dir = makeDir();
  execFileSync(process.execPath, ['-e', DEEP], { cwd: dir });
  await removeTree(dir);
  expect(existsSync(dir)).toBe(false);
});

test('removes names that are not text, and folders closed to their owner; follows no link', async () => {
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
