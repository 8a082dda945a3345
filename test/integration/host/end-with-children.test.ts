import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { endWithChildren } from '../../../src/host/process/end-with-children.ts';
import { BOTTLE_ID_VARIABLE, findProcessesOf, goneWithin } from '../../../src/host/processes.ts';

const ID = `test-${process.pid}-end-with-children`;
const LONG_MS = 10_000;
const SHORT_MS = 300;

afterEach(() => findProcessesOf(ID).forEach(({ pid }) => process.kill(pid, 'SIGKILL')));

/**
 * Starts a program with a child that keeps the program's output open; both ignore every signal that can be ignored
 * here: SIGTERM, SIGINT and SIGHUP.
 */
async function parentOfAnother(): Promise<ChildProcess> {
  const env = { PATH: process.env['PATH'] ?? '', [BOTTLE_ID_VARIABLE]: ID };
  const parent = spawn('sh', ['-c', 'trap "" TERM INT HUP; (read _ <&3; :) & echo begun; wait'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  if (parent.stdout !== null) await once(parent.stdout, 'data');
  return parent;
}

test("a program's children end with it, and its output closes", async () => {
  const parent = await parentOfAnother();
  const closed = once(parent, 'close');
  const all = findProcessesOf(ID);
  expect(all).toHaveLength(2);
  await endWithChildren(parent);
  await closed;
  expect(await Promise.all(all.map(async (each) => await goneWithin(each, LONG_MS)))).toEqual([true, true]);
});

test("a program's children end with it, whichever thread started them", async () => {
  const script = `const { Worker } = require('node:worker_threads');
    new Worker("require('node:child_process').spawn('sh', ['-c', 'read _ <&3'], { stdio: [0, 1, 2, 'pipe'] }); setInterval(() => {}, 1e6)", { eval: true });
    setTimeout(() => {}, 1e6)`;
  const env = { PATH: process.env['PATH'] ?? '', [BOTTLE_ID_VARIABLE]: ID };
  const parent = spawn(process.execPath, ['-e', script], { env, stdio: 'ignore' });
  const closed = once(parent, 'close');
  await expect.poll(() => findProcessesOf(ID), { timeout: LONG_MS }).toHaveLength(2);
  await endWithChildren(parent);
  await closed;
  await expect.poll(() => findProcessesOf(ID)).toEqual([]);
});

test('SIGKILL alone leaves the children (control)', async () => {
  const parent = await parentOfAnother();
  const exited = once(parent, 'exit');
  parent.kill('SIGKILL');
  await exited;
  const left = findProcessesOf(ID);
  expect(left).toHaveLength(1);
  expect(await Promise.all(left.map(async (each) => await goneWithin(each, SHORT_MS)))).toEqual([false]);
});

test('a program that has ended by itself is left alone', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  await expect(endWithChildren(child)).resolves.toBeUndefined();
});

test('a program that never existed is left alone', async () => {
  const child = spawn('/no/such/program');
  await once(child, 'error');
  await expect(endWithChildren(child)).resolves.toBeUndefined();
});
