import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../../src/host/run.ts';
import { bundle } from '../gateway/support/bundle.ts';

/** Crashes a program that holds secrets, and, as the control, one that has not forbidden its core dump. */

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-core-'));
  await bundle('src/host/process/core-dumps.ts', join(folder, 'core-dumps.cjs'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Where dumps go on this host: a name in the crashed program's own folder, or a place that this test does not inspect.
 */
const leavesFiles = !/^[|/]/.test(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'));

/** Returns the files that exist after a crash, and the program's output before it. */
async function crash(forbids: boolean): Promise<{ said: string; left: string[] }> {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  const forbid = forbids ? `await require('${folder}/core-dumps.cjs').forbidCoreDumps();` : '';
  const child = `spawnSync('grep', ['core file', '/proc/self/limits'], { stdio: 'inherit' })`;
  const script = `(async () => { ${forbid} require('child_process').${child}; process.kill(process.pid, 'SIGABRT'); setTimeout(() => {}, 9000); })()`;
  const { stdout } = await run('prlimit', ['--core=unlimited', 'node', '-e', script], { cwd });
  return { said: stdout.replace(/ +/g, ' ').trim(), left: readdirSync(cwd) };
}

test('a program that forbids its core dump leaves none, and its children leave none', async () => {
  expect(await crash(true)).toEqual({ said: 'Max core file size 1 1 bytes', left: [] });
});

test('the same program leaves a core dump without that (control)', async () => {
  const { said, left } = await crash(false);
  expect(said).toMatch(/unlimited/);
  expect(left.length).toBe(leavesFiles ? 1 : 0);
});
