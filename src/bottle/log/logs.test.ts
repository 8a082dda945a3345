import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditLine } from '../../gateway/config.ts';
import { jsonText } from '../../ui/terminal/text.ts';
import { BottleError } from '../../errors.ts';
import { renderDecision } from './decision-line.ts';
import { followDecisions, readDecisions, summarizeLog, isMeant, parseSince, type LogFilter } from './logs.ts';

let folder: string;
let auditPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-logs-'));
  auditPath = join(folder, 'egress.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const WHOLE: Omit<AuditLine, 'id' | 'event' | 'bytes'> = {
  time: '2026-01-01T00:00:00.000Z',
  bottle: 'b',
  verdict: 'allow',
  rule: 'r',
  via: 'tls',
  host: 'exämple',
  port: 443,
  method: 'GET',
  path: '/',
  reason: '',
  seq: 1,
  hash: '',
};

/** In ASCII, as the gateway writes lines. */
const line = (id: string, event: AuditLine['event'], bytes = 0): string =>
  `${jsonText({ ...WHOLE, id, event, bytes })}\n`;

async function read(chunkBytes?: number): Promise<Partial<AuditLine>[]> {
  const found: AuditLine[] = [];
  for await (const decision of readDecisions(auditPath, chunkBytes === undefined ? {} : { chunkBytes }))
    found.push(decision);
  return found.map(({ id, bytes, host }) => ({ id, bytes, host }));
}

// Only one line and one chunk are in memory, whatever the length of the log: V8's longest string is 512 MiB.
test.each([1, 7, 64, 1024])(
  'decisions read %i bytes at a time have the bytes of their ends',
  async (chunkBytes) => {
    const ended = [line('1', 'decision'), line('2', 'decision'), line('1', 'end', 42), line('3', 'decision')];
    writeFileSync(auditPath, ended.join(''));
    appendFileSync(auditPath, '{"id":"4","event":"deci');
    expect(await read(chunkBytes)).toEqual([
      { id: '1', bytes: 42, host: 'exämple' },
      { id: '2', bytes: 0, host: 'exämple' },
      { id: '3', bytes: 0, host: 'exämple' },
    ]);
  },
);

test('a decision shows how it ended, unless it was simply closed', async () => {
  const end = (id: string, reason: string): string =>
    `${jsonText({ ...WHOLE, id, event: 'end', bytes: 1, reason })}\n`;
  const why = 'the bottle has used up its max_bytes of 1';
  writeFileSync(
    auditPath,
    [line('1', 'decision'), line('2', 'decision'), end('1', 'closed'), end('2', why)].join(''),
  );
  const found: AuditLine[] = [];
  for await (const decision of readDecisions(auditPath)) found.push(decision);
  expect(found.map(({ ended }) => ended)).toEqual([undefined, why]);
  expect(found.map((decision) => renderDecision(decision).includes(`ended: ${why}`))).toEqual([false, true]);
});

test('a bottle without a log has no decisions', async () => {
  expect(await read()).toEqual([]);
});

describe('a line that no gateway wrote', () => {
  const STRAYS = [
    'not JSON',
    '{"id":',
    'null',
    '7',
    '[]',
    '{}',
    jsonText({ ...WHOLE, id: '2', event: 'end' }),
  ];
  const stray = jsonText({ ...WHOLE, id: '2', event: 'decision', bytes: 0, findings: 'none' });

  test.each([...STRAYS, stray])('a foreign line is skipped and reported once: %s', async (text) => {
    writeFileSync(auditPath, [line('1', 'decision'), `${text}\n`, line('1', 'end', 42)].join(''));
    const told: number[] = [];
    const onStray = (lineNumber: number): unknown => told.push(lineNumber);
    const found: AuditLine[] = [];
    for await (const decision of readDecisions(auditPath, { onStray })) found.push(decision);
    expect([found.map(({ id, bytes }) => [id, bytes]), told]).toEqual([[['1', 42]], [2]]);
    const isOver = async (): Promise<boolean> => true;
    const followed = { filter: {}, signal: new AbortController().signal, isOver, onStray };
    for await (const decision of followDecisions(auditPath, followed)) found.push(decision);
    const { talkedTo } = await summarizeLog(auditPath, { onStray });
    expect([found.length, talkedTo.length, told]).toEqual([2, 1, [2, 2, 2]]);
  });

  test('a foreign line is an error where it is not reported', async () => {
    writeFileSync(auditPath, `${line('1', 'decision')}not JSON\n`);
    await expect(read()).rejects.toThrow(BottleError);
    await expect(summarizeLog(auditPath)).rejects.toThrow('line 2 of the log');
  });
});

const LINE = {
  time: '2026-01-02T03:04:05.678Z',
  verdict: 'deny',
  rule: 'egress.allow[1] npm',
  host: 'a.example.org',
  port: 8443,
} as AuditLine;
const AT_MS = Date.parse(LINE.time);

test.each<[LogFilter, boolean]>([
  [{}, true],
  [{ host: 'a.example.org' }, true],
  [{ host: 'A.Example.org' }, true],
  [{ host: '*.example.org' }, true],
  [{ host: 'example.org' }, false],
  [{ host: '*.a.example.org' }, false],
  [{ host: 'a.example.org:8443' }, true],
  [{ host: '*.example.org:8443' }, true],
  [{ host: 'a.example.org:443' }, false],
  [{ host: '*.example.org:443' }, false],
  [{ rule: 'egress.allow[1] npm' }, true],
  [{ rule: 'egress.allow[1]' }, true],
  [{ rule: 'egress.allow' }, true],
  [{ rule: 'egress' }, true],
  [{ rule: 'egress.allow[1' }, true],
  [{ rule: 'egress.all' }, false],
  [{ rule: 'egress.deny' }, false],
  [{ verdict: 'deny' }, true],
  [{ verdict: 'allow' }, false],
  [{ sinceMs: AT_MS }, true],
  [{ sinceMs: AT_MS + 1 }, false],
  [{ host: 'a.example.org', verdict: 'allow' }, false],
])('a filter by %j: %s', (filter, meant) => {
  expect(isMeant(filter, LINE)).toBe(meant);
});

test("a rule's number is not the prefix of a longer one", () => {
  expect(isMeant({ rule: 'egress.allow[1' }, { ...LINE, rule: 'egress.allow[12]' })).toBe(false);
});

test('times are relative to now, or absolute', () => {
  const texts = ['90s', '10m', '2h', '1d', '2026-01-02', '2026-01-02T03:04:05Z'];
  const now = Date.UTC(2026, 0, 2);
  expect(texts.map((text) => new Date(parseSince(text, now)).toISOString().slice(0, 19))).toEqual([
    '2026-01-01T23:58:30',
    '2026-01-01T23:50:00',
    '2026-01-01T22:00:00',
    '2026-01-01T00:00:00',
    '2026-01-02T00:00:00',
    '2026-01-02T03:04:05',
  ]);
});

test.each(['', '10', 'm', '1w', '-1h', '1.5h', 'yesterday', '2026-13-01'])('%j is not a time', (text) => {
  expect(() => parseSince(text, 0)).toThrow('is not a time');
});
