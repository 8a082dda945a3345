import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBES } from '../../src/verify/probes/index.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { makeHome, type Home } from '../support/home.ts';
import { outcomeOf } from '../support/outcome.ts';
import { collect, until } from '../support/saying.ts';

/** `bot-bottle verify` from the user's side: the report, the page, the receipt, and refusals. */

let home: Home;
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  home = makeHome();
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
});
afterAll(async () => {
  await home.remove();
  rmSync(folder, { recursive: true });
});

/** Makes a folder with an old receipt in it; returns the flags for a page and a receipt there. */
function makePlace() {
  const dir = mkdtempSync(at('place-'));
  const [page, receipt] = [join(dir, 'page.html'), join(dir, 'receipt.json')];
  writeFileSync(receipt, 'of another day');
  return {
    flags: ['--html', page, '--receipt', receipt],
    expectUntouched: () => {
      expect(readdirSync(dir)).toEqual(['receipt.json']);
      expect(readFileSync(receipt, 'utf8')).toBe('of another day');
    },
  };
}

describe('on the smallest rung', () => {
  test('verify holds all attacks, most of which succeed in the open, and writes a page and a receipt', async () => {
    const files = ['--html', at('page.html'), '--receipt', at('receipt.json')];
    const args = ['verify', '--runtime', 'bubblewrap', '--open', '--json', ...files];
    const { code, stdout } = await home.run(args, { timeoutMs: 220_000 });
    const report = JSON.parse(stdout) as VerifyReport;
    expect({ code, held: report.held, rungs: report.rungs.length }).toEqual({
      code: 0,
      held: true,
      rungs: 1,
    });
    const succeeded = Object.keys(report.open?.succeeded ?? {});
    expect(succeeded).toContain('tcp-loopback');
    expect(succeeded.length / PROBES.length).toBeGreaterThanOrEqual(0.6);
    const page = readFileSync(at('page.html'), 'utf8');
    expect(PROBES.filter(({ id }) => !page.includes(id))).toEqual([]);
    const { code: checkCode, stdout: checked } = await home.run([
      'verify',
      '--check',
      at('receipt.json'),
      '--json',
    ]);
    expect(JSON.parse(checked)).toMatchObject({ signer: 'own', passed: true, report });
    expect(checkCode).toBe(0);
  });

  test('verify refuses a receipt with one changed byte', async () => {
    const altered = readFileSync(at('receipt.json'));
    const middle = Math.floor(altered.length / 2);
    altered[middle] = (altered[middle] ?? 0) ^ 1;
    writeFileSync(at('altered.json'), altered);
    const { code, stdout } = await home.run(['verify', '--check', at('altered.json'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ passed: false, genuine: false });
    expect(code).toBe(8);
  });

  test('a receipt of one probe is genuine, and no proof of the whole suite', async () => {
    const where = ['verify', '--runtime', 'bubblewrap'];
    expect(await home.run([...where, '--probe', 'tcp-host', '--receipt', at('one.json')])).toMatchObject({
      code: 0,
    });
    const { code, stdout } = await home.run(['verify', '--check', at('one.json'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ genuine: true, held: true, complete: false });
    expect(code).toBe(8);
  });
});

test('probes of limits run in a separate bottle, and no other starts for them alone', async () => {
  const { code, stdout, stderr } = await home.run([
    'verify',
    '--runtime',
    'bubblewrap',
    '--family',
    'limits',
    '--json',
  ]);
  const [rung] = (JSON.parse(stdout) as VerifyReport).rungs;
  expect({ code, failure: rung?.failure, hasProbes: rung?.summary.held !== 0 }).toEqual({
    code: 0,
    failure: undefined,
    hasProbes: true,
  });
  // Each start names the files that it lets in, however quick it is.
  expect(stderr.split('by copy_anyway: notes.json')).toHaveLength(2);
});

test('an interrupt ends the attack and removes its bottle, and leaves earlier report files unchanged', async () => {
  const place = makePlace();
  const running = home.spawn(['verify', '--runtime', 'bubblewrap', '--json', ...place.flags]);
  const says = collect(running.stderr);
  const ended = outcomeOf(running);
  await until(() => says().includes('attacking as agent'));
  running.kill('SIGINT');
  const { code, stdout } = await ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(says()).not.toContain('work is in');
  expect(await home.list()).toEqual([]);
  place.expectUntouched();
});

test('a verify without an attack leaves earlier report files unchanged', async () => {
  const place = makePlace();
  const { code, stderr } = await home.run([
    'verify',
    '--runtime',
    'bubblewrap',
    '--engine',
    'docker',
    ...place.flags,
  ]);
  expect(code).toBe(6);
  expect(stderr).toMatch(/bubblewrap needs no engine.*\n.*leave out --engine/);
  place.expectUntouched();
});

test('the next verify removes the remains and bottles of a killed one', async () => {
  const place = makePlace();
  const running = home.spawn(['verify', '--runtime', 'bubblewrap', '--json', ...place.flags]);
  const says = collect(running.stderr);
  const ended = outcomeOf(running);
  await until(() => says().includes('attacking as agent'));
  running.kill('SIGKILL');
  await ended;
  place.expectUntouched();
  const ofVerify = expect.stringMatching(/^verify-/) as string;
  // The attacked bottle and its neighbour.
  expect((await home.list()).map(({ agent }) => agent)).toEqual([ofVerify, ofVerify]);
  await home.run(['verify', '--runtime', 'bubblewrap', '--probe', 'tcp-host']);
  expect(await home.list()).toEqual([]);
});

test.each([
  [['--probe', 'nothing'], 'there is no probe nothing here'],
  [['--receipt', '/nonexistent/receipt.json'], '/nonexistent/receipt.json cannot be written'],
  [['--html', '/proc/page.html'], '/proc/page.html cannot be written'],
  [['--check', '/nonexistent/receipt.json'], '/nonexistent/receipt.json cannot be read'],
])('%j is refused before anything starts', async (flags, words) => {
  const { code, stderr } = await home.run(['verify', ...flags]);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as string });
});

test('verify --list prints every probe', async () => {
  const { code, stdout } = await home.run(['verify', '--list']);
  expect(PROBES.filter(({ id, attack }) => !stdout.includes(id) || !stdout.includes(attack))).toEqual([]);
  expect(code).toBe(0);
});
