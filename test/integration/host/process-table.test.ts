import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BottleError } from '../../../src/errors.ts';
import { PROC, PS } from '../../../src/host/process/process-table.ts';
import { layOutPrograms } from '../../support/macos/bin.ts';

/** Compares the output of ps(1), as called on macOS, with /proc for the same processes. */

const WORD = `table-${process.pid}`;
let dir = '';
let pid = 0;
let end = (): void => undefined;
const before = process.env['PATH'] ?? '';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bb-table-'));
  mkdirSync(join(dir, 'none'));
  process.env['PATH'] = [layOutPrograms(join(dir, 'bin'), join(dir, 'none')), before].join(delimiter);
  const child = spawn('sh', ['-c', 'echo; read _', WORD], {
    env: { PATH: before, BOT_BOTTLE_ID: WORD },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  end = () => void child.kill('SIGKILL');
  await once(child.stdout, 'data');
  pid = child.pid ?? 0;
});

afterAll(() => {
  end();
  process.env['PATH'] = before;
  rmSync(dir, { recursive: true });
});

test("the process table has a process's state, user and arguments", () => {
  expect(PS.row(pid)?.state).toBe(PROC.row(pid)?.state);
  expect(PS.uidOf(pid)).toBe(PROC.uidOf(pid));
  expect(PS.argumentsOf(pid).join(' ')).toBe(PROC.argumentsOf(pid).join(' '));
});

test('a process has the same start time at each look, and another one a different time', () => {
  expect(PS.row(pid)?.startTicks).toMatch(/^\d+$/);
  expect(PS.row(pid)).toEqual(PS.row(pid));
  expect(PS.row(1)?.startTicks).not.toBe(PS.row(pid)?.startTicks);
});

test("the process table has a word of a process's environment", () => {
  for (const table of [PROC, PS]) {
    expect(table.environmentOf(pid)).toContain(`BOT_BOTTLE_ID=${WORD}`);
    expect(table.mayCarry(WORD)).toContain(pid);
    expect(table.pids()).toContain(pid);
  }
  expect(PS.mayCarry(WORD)).toEqual([pid]);
});

test('the process table has nothing about a process that does not exist', () => {
  for (const table of [PROC, PS]) {
    expect(table.row(4_194_305)).toBeUndefined();
    expect(table.uidOf(4_194_305)).toBeUndefined();
    expect(table.argumentsOf(4_194_305)).toEqual([]);
    expect(table.environmentOf(4_194_305).filter(Boolean)).toEqual([]);
  }
});

test.each([
  ['takes none of this', 'echo "ps: illegal option" >&2; exit 1'],
  ['says nothing, and fails otherwise', 'exit 71'],
  ['is ended', 'kill -9 $$'],
  ['says something else', 'echo S yesterday'],
])('a ps that %s gives no answer', (_what, script) => {
  const whole = process.env['PATH'];
  process.env['PATH'] = join(dir, 'odd');
  mkdirSync(join(dir, 'odd'), { recursive: true });
  writeFileSync(join(dir, 'odd', 'ps'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  try {
    expect(() => PS.row(pid)).toThrow(BottleError);
    expect(() => PS.pids()).toThrow(BottleError);
  } finally {
    process.env['PATH'] = whole;
  }
});
