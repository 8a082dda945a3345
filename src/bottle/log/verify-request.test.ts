import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BUBBLEWRAP } from '../../drivers/bubblewrap/rung.ts';
import { driverOf } from '../../drivers/index.ts';
import { CHAIN_START, linkLine } from '../../gateway/audit/chain.ts';
import * as processes from '../../host/processes.ts';
import { stopBottle } from '../teardown/end.ts';
import { collectGarbage } from '../teardown/gc.ts';
import { Journal } from '../state/journal.ts';
import { keepBottle } from '../session/keep.ts';
import type { BottleRecord } from '../state/record.ts';
import { bottlePaths, readRecord, writeRecord } from '../state/store.ts';
import { tearDown } from '../teardown/teardown.ts';
import { type LogVerdict, renderVerdict } from './verify.ts';
import { verifyLogs } from './verify-request.ts';

/** Logs by how their bottle ended, and by the changes of an attacker who can write to the state folder. */

vi.mock(import('../../host/processes.ts'), async (importOriginal) => {
  const original = await importOriginal();
  return { ...original, isRunning: vi.fn<typeof original.isRunning>(original.isRunning) };
});

const ID = 'fixer-1a2b3c4d';
const GONE = { pid: 999_999_999, startTicks: '1' };
const home = mkdtempSync(join(tmpdir(), 'bot-bottle-verify-request-'));
vi.stubEnv('XDG_STATE_HOME', home);
const { dir, runDir, auditDir, auditPath, signaturePath, receiptPath } = bottlePaths(ID);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const RECORD: BottleRecord = {
  version: 1,
  id: ID,
  agent: 'fixer',
  bottle: 'web',
  phase: 'running',
  startedAt: '2026-01-01T00:00:00.000Z',
  owner: processes.ownIdentity(),
  detached: false,
  spec: {
    id: ID,
    rung: BUBBLEWRAP,
    networkForm: 'joined',
    image: { kind: 'default' },
    resources: { cpus: 1, memoryBytes: 1, pids: 1, diskBytes: 1 },
    env: {},
    argv: ['true'],
    cwd: '/',
    tty: false,
    mounts: [],
    runDir,
  },
  workspace: { mode: 'none' },
  resources: [],
};

const isRunning = vi.mocked(processes.isRunning);
beforeEach(async () => {
  mkdirSync(auditDir, { recursive: true });
  writeFileSync(receiptPath, '{}\n');
  let head = CHAIN_START;
  const lines = [1, 2, 3, 4, 5, 6].map((n) => {
    const link = linkLine(head, `{"host":"host${n}.test"`);
    head = link;
    return link.text;
  });
  writeFileSync(auditPath, lines.join(''));
  await writeRecord(RECORD);
});
afterEach(() => {
  rmSync(dir, { recursive: true });
  isRunning.mockReset();
});

async function endByItsLauncher(): Promise<void> {
  const journal = new Journal(RECORD);
  await tearDown(journal, driverOf(BUBBLEWRAP), { launcherLost: false, exitCode: 0 });
  await journal.enter('stopped', { exitCode: 0 });
}
/** An attack without the key: the log loses its end, its signature and the record of its bottle's end. */
async function cut(more: Partial<BottleRecord>): Promise<void> {
  rmSync(signaturePath);
  writeFileSync(auditPath, readFileSync(auditPath, 'utf8').split('\n').slice(0, 3).join('\n').concat('\n'));
  await writeRecord({ ...RECORD, owner: GONE, ...more });
}
async function verify(): Promise<LogVerdict> {
  const [verdict] = await verifyLogs(ID);
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

test('a log that its launcher signed is intact without a note', async () => {
  await endByItsLauncher();
  const verdict = await verify();
  expect(verdict).toMatchObject({ intact: true, signed: true, lines: 6, launcherLost: false, limits: [] });
  expect(renderVerdict(verdict)).toMatch(/intact.*: the log of /);
});

describe('a bottle whose launcher is gone', () => {
  beforeEach(async () => await writeRecord({ ...RECORD, owner: GONE }));

  test('a log without its launcher is not intact before it is signed, and names the command that signs it', async () => {
    const verdict = await verify();
    expect(verdict).toMatchObject({
      intact: false,
      signed: false,
      launcherLost: true,
      breaks: [],
      faults: [expect.stringContaining('bot-bottle gc')],
      limits: [expect.stringContaining('cut off at its end')],
    });
    expect(renderVerdict(verdict)).toMatch(/^\S*not signed\S*: /);
  });

  test.each([
    ['gc', async () => await collectGarbage()],
    ['stop', async () => await stopBottle(ID)],
    ['a keeper that nobody handed it to', async () => await keepBottle(ID)],
  ])('a log that %s signed says for good that its launcher was gone', async (_what, end) => {
    await end();
    const verdict = await verify();
    expect(verdict).toMatchObject({
      intact: true,
      signed: true,
      lines: 6,
      launcherLost: true,
      limits: [expect.stringContaining('cut off at its end')],
    });
    expect(renderVerdict(verdict)).toMatch(/^\S*intact as far as can be told\S*: /);
  });

  test('a broken log without its launcher is not intact, whoever signs it', async () => {
    writeFileSync(auditPath, readFileSync(auditPath, 'utf8').replace('host2', 'other'));
    expect(renderVerdict(await verify())).toMatch(/^\S*not intact\S*: /);
  });
});

test('a keeper with a bottle signs its log as the launcher would', async () => {
  await keepBottle(ID);
  expect(await verify()).toMatchObject({ intact: true, signed: true, launcherLost: false, limits: [] });
});

describe('the log of a bottle that its launcher has ended, cut without the key', () => {
  beforeEach(endByItsLauncher);

  test('a truncated log is not intact where the record still has its end, and gc does not sign it', async () => {
    const { endedAt } = (await readRecord(ID)) ?? {};
    await cut({ exitCode: 0, ...(endedAt === undefined ? {} : { endedAt }) });
    expect(await verify()).toMatchObject({ intact: false, faults: [expect.stringContaining('has ended')] });
    expect(await collectGarbage()).toEqual({ removed: [], kept: [ID], failed: [] });
    expect(await verify()).toMatchObject({ intact: false, signed: false });
    expect(existsSync(signaturePath)).toBe(false);
  });

  test('a truncated log always gets a note, even if it looks like a crash', async () => {
    await cut({});
    expect(await verify()).toMatchObject({ intact: false, signed: false, launcherLost: true });
    await collectGarbage();
    expect(await verify()).toMatchObject({ lines: 3, launcherLost: true, limits: [expect.any(String)] });
  });
});

test('a bottle that is passed to its keeper during the check has not lost its launcher', async () => {
  await writeRecord({ ...RECORD, owner: GONE });
  const original = isRunning.getMockImplementation();
  isRunning.mockImplementationOnce((owner) => {
    writeFileSync(join(dir, 'record.json'), JSON.stringify({ ...RECORD, detached: true }));
    return original?.(owner) ?? false;
  });
  expect(await verify()).toMatchObject({ intact: true, signed: false, launcherLost: false });
});

describe('verifying all logs', () => {
  const recordPath = join(dir, 'record.json');

  test.each([
    ['is damaged', () => writeFileSync(recordPath, '{')],
    ['is gone', () => rmSync(recordPath)],
  ])('verifying all logs includes one whose record %s', async (_, harm) => {
    await endByItsLauncher();
    harm();
    const [verdict] = await verifyLogs(undefined);
    expect(verdict).toMatchObject({
      bottle: ID,
      intact: false,
      signed: true,
      lines: 6,
      faults: [expect.stringContaining('record')],
    });
    rmSync(signaturePath);
    expect((await verifyLogs(undefined))[0]?.faults).toHaveLength(2);
  });
});

test.each([
  ['a folder', () => mkdirSync(auditPath)],
  ['a link', () => symlinkSync(receiptPath, auditPath)],
])('%s in place of a log does not keep others from being verified', async (_what, put) => {
  await endByItsLauncher();
  const other = 'other-1a2b3c4d';
  cpSync(dir, bottlePaths(other).dir, { recursive: true });
  writeFileSync(join(bottlePaths(other).dir, 'record.json'), JSON.stringify({ ...RECORD, id: other }));
  rmSync(auditPath);
  put();
  const verdicts = await verifyLogs(undefined);
  rmSync(bottlePaths(other).dir, { recursive: true });
  expect(verdicts.map(({ bottle, lines, intact }) => ({ bottle, lines, intact }))).toContainEqual({
    bottle: other,
    lines: 6,
    intact: false,
  });
  expect(verdicts.find(({ bottle }) => bottle === ID)).toMatchObject({
    intact: false,
    faults: [expect.stringContaining('cannot be read')],
  });
});

test("another bottle's log in place of a running one's is found, and not signed", async () => {
  const theirs = linkLine(CHAIN_START, '{"time":"2026-01-01T00:00:00.000Z","bottle":"other-1a2b3c4d"').text;
  writeFileSync(auditPath, theirs);
  expect(await verify()).toMatchObject({ intact: false, breaks: [{ line: 1, kind: 'moved' }] });
  await endByItsLauncher();
  expect(await verify()).toMatchObject({ intact: false, signed: false });
});

test('a missing log of a running bottle is reported at once, and at its end', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  rmSync(auditPath);
  expect(await verify()).toMatchObject({ intact: false, faults: [expect.stringContaining('was removed')] });
  await endByItsLauncher();
  const text = said.mock.calls.map(([line]) => String(line)).join('');
  said.mockRestore();
  expect(text).toContain(
    `the log of ${ID} is not signed: it was removed, or moved away, while the bottle ran`,
  );
});

test('a folder in place of a log is reported', async () => {
  await endByItsLauncher();
  rmSync(auditPath);
  mkdirSync(auditPath);
  await expect(verifyLogs(ID)).rejects.toMatchObject({ code: 'dependencyMissing', fix: expect.any(String) });
});
