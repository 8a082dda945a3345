import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AuditLine } from '../config.ts';
import { CHAIN_START, follows, parseLink, type ChainHead } from './chain.ts';
import type { Entry } from './line.ts';
import { AuditLog } from './log.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-audit-'));
  path = join(folder, 'egress.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const FOREVER = new AbortController().signal;

const ENTRY: Entry = {
  verdict: 'allow',
  rule: 'egress.allow[0]',
  via: 'connect',
  host: 'example.org',
  port: 443,
  method: 'CONNECT',
  path: '',
  reason: 'to 192.0.2.1',
};

/** Writes this many decisions with their ends. */
function write(count: number, limitBytes?: number): void {
  const log = new AuditLog({ path, bottleId: 'b', ...(limitBytes === undefined ? {} : { limitBytes }) });
  for (let index = 0; index < count; index += 1) {
    const logged = log.decision({ ...ENTRY, host: `h${index}.test` });
    if (logged !== undefined) log.end(logged, { bytes: index, reason: 'closed', status: 200 });
  }
  log.close();
}

/** Returns the log's lines. Throws where the chain does not hold. */
function readChained(): AuditLine[] {
  let head: ChainHead = CHAIN_START;
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => {
      const found = parseLink(text);
      if (found === undefined || found.seq !== head.seq + 1 || !follows(head.hash, found)) {
        throw new Error(`the chain breaks at ${text}`);
      }
      head = found;
      return JSON.parse(text) as AuditLine;
    });
}

test('decisions and ends form one chain, and an end contains all known facts', () => {
  write(3);
  const lines = readChained();
  expect(lines.map(({ event, host }) => `${event} ${host}`).sort()).toEqual(
    ['decision', 'end'].flatMap((event) => [0, 1, 2].map((index) => `${event} h${index}.test`)),
  );
  const end = lines.find(({ event, bytes }) => event === 'end' && bytes === 2);
  expect(end).toMatchObject({ status: 200, ms: expect.any(Number) as number });
});

test('the log counts all events, including those that get no separate line', () => {
  const log = new AuditLog({ path, bottleId: 'b' });
  for (let count = 0; count < 20; count += 1) log.decision({ ...ENTRY, verdict: 'deny', rule: 'default' });
  expect(log.tally.counters().decisions).toEqual([{ verdict: 'deny', rule: 'default', count: 20 }]);
  log.close();
});

test('a new gateway continues an existing log', () => {
  write(2);
  write(2);
  expect(readChained()).toHaveLength(8);
});

test('a new gateway removes an incomplete last line and continues the chain before it', () => {
  write(1);
  appendFileSync(path, '{"time":"2026-');
  write(1);
  expect(readChained()).toHaveLength(4);
});

test('a new gateway does not continue a log whose last line is not from its chain', () => {
  writeFileSync(path, '{"time":"2026-01-01T00:00:00.000Z"}\n');
  expect(() => new AuditLog({ path, bottleId: 'b' })).toThrow('not a line of its chain');
});

test('a line that does not fit on the disk leaves no hole in the chain', () => {
  write(20, 3_000);
  const before = readChained().length;
  expect(before).toBeLessThan(40);
  write(1);
  expect(readChained()).toHaveLength(before + 2);
});

test('decisions of one turn are on disk together when each has settled', async () => {
  const log = new AuditLog({ path, bottleId: 'b' });
  const both = [log.allowance(ENTRY), log.allowance({ ...ENTRY, host: 'other.example' })];
  expect(readFileSync(path, 'utf8')).toBe('');
  const logged = await Promise.all(both);
  expect(readChained().map(({ id, host }) => [id, host])).toEqual([
    [logged[0]?.id, 'example.org'],
    [logged[1]?.id, 'other.example'],
  ]);
  log.close();
});

test('a decision that cannot be written lets nothing out and leaves no line', async () => {
  const log = new AuditLog({ path, bottleId: 'b', limitBytes: 400 });
  const first = await log.allowance(ENTRY);
  const both = await Promise.all([log.allowance(ENTRY), log.allowance(ENTRY)]);
  expect([first?.id, ...both]).toEqual([expect.any(String), undefined, undefined]);
  expect(log.unwritable()).toContain('limit');
  log.close();
  expect(readChained()).toHaveLength(1);
});

test('closing the log writes pending lines, and lines that cannot be written let nothing out', async () => {
  const log = new AuditLog({ path, bottleId: 'b' });
  const logged = log.allowance(ENTRY);
  log.close();
  expect(readChained().map(({ id }) => id)).toEqual([(await logged)?.id]);
  const full = new AuditLog({ path, bottleId: 'b', limitBytes: 400 });
  const lost = full.allowance(ENTRY);
  full.close();
  expect(await lost).toBeUndefined();
});

test('events on a closed log leave no line and do no harm', async () => {
  const log = new AuditLog({ path, bottleId: 'b1' });
  const begun = log.decision(ENTRY);
  log.close();
  const before = readFileSync(path, 'utf8');
  log.end(begun!, { bytes: 1, reason: 'closed' });
  expect(log.decision(ENTRY)).toBeUndefined();
  expect(await log.allowance(ENTRY)).toBeUndefined();
  // Waiting lines are written after this time.
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('both lines state the cut length of a path, and the chain covers it', () => {
  const log = new AuditLog({ path, bottleId: 'b' });
  const logged = log.decision({ ...ENTRY, path: `/${'x'.repeat(2_800)}` });
  if (logged !== undefined) log.end(logged, { bytes: 0, reason: 'closed' });
  log.close();
  expect(readChained().map(({ pathCut }) => pathCut)).toEqual([753, 753]);
  const text = readFileSync(path, 'utf8');
  for (const forged of [',"pathCut":754', '']) {
    writeFileSync(path, text.replace(',"pathCut":753', forged));
    expect(readChained).toThrow('the chain breaks');
  }
});

test.each([
  ['removed', () => rmSync(path)],
  ['moved away', () => renameSync(path, `${path}.1`)],
  ['replaced by a shorter one', () => (renameSync(path, `${path}.1`), writeFileSync(path, ''))],
  ['emptied', () => truncateSync(path)],
])('a log that was %s lets nothing out, because its lines would be invisible', async (_what, change) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const log = new AuditLog({ path, bottleId: 'b' });
    expect(log.decision(ENTRY)).toBeDefined();
    const told = log.untilUnwritable(FOREVER);
    change();
    vi.setSystemTime(Date.now() + 2_000);
    expect(log.decision(ENTRY)).toBeUndefined();
    expect(await log.allowance(ENTRY)).toBeUndefined();
    const why = log.unwritable();
    expect(why).toMatch(/no longer at its path|missing from it/);
    expect([await told, await log.untilUnwritable(FOREVER)]).toEqual([why, why]);
    log.close();
  } finally {
    vi.useRealTimers();
  }
});

test('a requester that has left gets no reason for a failed write', async () => {
  const log = new AuditLog({ path, bottleId: 'b', limitBytes: 1 });
  const gone = new AbortController();
  const asked = log.untilUnwritable(gone.signal);
  gone.abort();
  await expect(asked).rejects.toThrow('gone');
  expect(log.decision(ENTRY)).toBeUndefined();
  expect(await log.untilUnwritable(FOREVER)).toContain('limit');
  log.close();
});

test('a log continues after its file is put back', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const log = new AuditLog({ path, bottleId: 'b' });
    log.decision(ENTRY);
    renameSync(path, `${path}.1`);
    vi.setSystemTime(Date.now() + 2_000);
    expect(log.decision(ENTRY)).toBeUndefined();
    renameSync(`${path}.1`, path);
    vi.setSystemTime(Date.now() + 2_000);
    expect(log.unwritable()).toBeUndefined();
    expect(log.decision(ENTRY)).toBeDefined();
    log.close();
    expect(readChained()).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});
