import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditLine } from '../gateway/config.ts';
import { jsonText } from '../ui/terminal/text.ts';
import { readDecisions } from './logs.ts';

let folder: string;
let auditPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-logs-'));
  auditPath = join(folder, 'egress.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In ASCII, as the gateway writes them. */
const line = (id: string, event: AuditLine['event'], bytes = 0): string =>
  `${jsonText({ id, event, bytes, host: 'exämple' })}\n`;

async function read(chunkBytes?: number): Promise<Partial<AuditLine>[]> {
  const found: AuditLine[] = [];
  for await (const decision of readDecisions(auditPath, chunkBytes === undefined ? {} : { chunkBytes }))
    found.push(decision);
  return found.map(({ id, bytes, host }) => ({ id, bytes, host }));
}

// However long the log is, no more than a line and a chunk of it are in memory: V8's longest string is 512 MiB.
test.each([1, 7, 64, 1024])(
  'decisions read %i bytes at a time carry the bytes of their ends',
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

test('a bottle without a log made no decisions', async () => {
  expect(await read()).toEqual([]);
});
