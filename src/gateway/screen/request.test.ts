import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import type { Rule } from '../config.ts';
import { CALLERS_OWN, THEIRS } from '../inject/callers-own.testing.ts';
import { screened, SECRET } from './screening.testing.ts';

const LENDING: Partial<Rule> = { inject: { secret: 'key', slot: { kind: 'bearer' } } };

let folder: string;
let audit: AuditLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-screen-'));
  audit = new AuditLog({ path: join(folder, 'egress.jsonl'), bottleId: 'b1' });
});
afterEach(() => {
  audit.close();
  rmSync(folder, { recursive: true });
});

describe('trailers', () => {
  const log = (): string => readFileSync(join(folder, 'egress.jsonl'), 'utf8');

  test('with a secret: the whole request is refused while all of it is here', async () => {
    const body = Readable.from([Buffer.from('hello')]);
    const result = await screened({ body, trailers: ['x-own', SECRET] }, { audit });
    expect(result).toMatchObject({ verdict: 'deny', rule: 'gateway.dlp' });
  });

  test('with a secret, behind content that has left: they stay, and that is in the log', async () => {
    const body = Readable.from([Buffer.alloc(300_000, 'x')]);
    const result = await screened({ body, trailers: ['x-own', SECRET] }, { audit });
    expect('inbound' in result && result.inbound.trailers()).toEqual([]);
    expect(log()).toContain('"rule":"gateway.dlp"');
    expect(log()).not.toContain(SECRET);
  });

  test('where a rule has an identity: none of the caller’s is in them', async () => {
    const body = Readable.from([Buffer.from('hello')]);
    const trailers = ['x-api-key', 'another', 'x-own', 'Bearer another', 'x-sum', '5'];
    const result = await screened({ body, trailers }, { audit, more: LENDING });
    expect('inbound' in result && result.inbound.trailers()).toEqual(['x-sum', '5']);
  });
});

describe.each(CALLERS_OWN)('a credential of the caller’s: %s %j', (path, headers) => {
  test('does not leave by a rule with an identity', async () => {
    const result = await screened({ path, headers }, { audit, more: LENDING });
    expect(leaving(result)).not.toContain(THEIRS);
  });

  test('leaves by a rule without', async () => {
    const result = await screened({ path, headers }, { audit });
    expect(result).toMatchObject({ inbound: { path, headers } });
  });
});

/** All of a head that leaves; of a refusal, only whose it is. */
function leaving(result: Awaited<ReturnType<typeof screened>>): string {
  if ('inbound' in result) return [result.inbound.path, ...result.inbound.headers].join('\n');
  return 'rule' in result ? result.rule : JSON.stringify(result);
}
