import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import type { AuditLine, Rule } from '../config.ts';
import { fingerprintOf } from '../dlp/fingerprint.ts';
import { CALLERS_OWN, THEIRS } from '../inject/callers-own.testing.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import { PLACEHOLDER, RULE, screened, SECRET } from './screening.testing.ts';

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

const log = (): string => readFileSync(join(folder, 'egress.jsonl'), 'utf8');

describe('trailers of requests', () => {
  test('with a secret cause a refusal of the whole request while it is all here', async () => {
    const body = Readable.from([Buffer.from('hello')]);
    const result = await screened({ body, trailers: ['x-own', SECRET] }, { audit });
    expect(result).toMatchObject({ verdict: 'deny', rule: 'gateway.dlp' });
  });

  test('with a secret are dropped and logged when the content has already left', async () => {
    const body = Readable.from([Buffer.alloc(300_000, 'x')]);
    const result = await screened({ body, trailers: ['x-own', SECRET] }, { audit });
    expect('request' in result && result.request.trailers()).toEqual([]);
    expect(log()).toContain('"rule":"gateway.dlp"');
    expect(log()).not.toContain(SECRET);
  });

  test('contain no credential of the caller where a rule has an identity', async () => {
    const body = Readable.from([Buffer.from('hello')]);
    const trailers = ['x-api-key', 'another', 'x-own', 'Bearer another', 'x-sum', '5'];
    const result = await screened({ body, trailers }, { audit, more: LENDING });
    expect('request' in result && result.request.trailers()).toEqual(['x-sum', '5']);
  });
});

test.each([
  ['redact', true],
  ['warn', undefined],
] as const)('with the action %s, the log says whether a value left overwritten', async (dlp, redacted) => {
  const result = await screened(
    { body: Readable.from([Buffer.from(`x ${SECRET} y`)]) },
    { audit, more: { dlp } },
  );
  const left = 'request' in result ? Buffer.from(result.request.body as Uint8Array).toString() : result;
  expect(left).toBe(`x ${redacted ? '*'.repeat(SECRET.length) : SECRET} y`);
  const { findings } = JSON.parse(log().split('\n')[0] ?? '') as AuditLine;
  expect(findings?.map((finding) => finding.redacted)).toEqual([redacted]);
});

test.each(['bedrock', 's3'])(
  'a body that its caller signs in chunks is refused before its content arrives: %s',
  async (service) => {
    const slot = { kind: 'sigv4', service, region: 'eu-north-1', accessKeyId: 'AKIDEXAMPLE' } as const;
    const body = new PassThrough();
    body.write('an event');
    const headers = ['X-Amz-Content-Sha256', 'STREAMING-AWS4-HMAC-SHA256-EVENTS'];
    const result = await screened({ headers, body }, { audit, more: { inject: { secret: 'key', slot } } });
    expect(result).toMatchObject({
      rule: 'gateway.identity',
      reason: 'the request has a body that is signed chunk by chunk with another key',
    });
    body.destroy();
  },
);

test('a header that names another host does not leave, even where a rule has no further limits', async () => {
  const headers = ['X-Forwarded-Host', 'evil.test', 'forwarded', 'host=evil.test', 'x-own', 'a'];
  const result = await screened({ headers }, { audit });
  expect('request' in result && result.request.headers).toEqual(['x-own', 'a']);
});

test.each([
  ['in a header', { headers: ['x-own', PLACEHOLDER] }, 'the placeholder of key is in the header x-own'],
  [
    'in a body',
    { body: Readable.from([Buffer.from(PLACEHOLDER)]) },
    'a placeholder or a bait was about to leave: the placeholder of key in body',
  ],
])('a refusal names a placeholder as one, with its fingerprint: %s', async (_, sent, reason) => {
  expect(await screened(sent, { audit })).toMatchObject({ verdict: 'deny' });
  const line = JSON.parse(log()) as AuditLine;
  expect(line.reason).toContain(reason);
  expect(line.findings).toMatchObject([
    { detector: 'canary', id: 'the placeholder of key', fingerprint: fingerprintOf(PLACEHOLDER) },
  ]);
});

test('a placeholder beside a secret is reported as something secret', async () => {
  const body = Readable.from([Buffer.from(`${PLACEHOLDER} ${SECRET}`)]);
  const result = await screened({ body }, { audit });
  expect('reason' in result && result.reason).toMatch(/^something secret was about to leave: /);
});

describe.each(CALLERS_OWN)('a credential of the caller: %s %j', (path, headers) => {
  test('does not leave by a rule with an identity', async () => {
    const result = await screened({ path, headers }, { audit, more: LENDING });
    expect(leaving(result)).not.toContain(THEIRS);
  });

  test('leaves by a rule without an identity', async () => {
    const result = await screened({ path, headers }, { audit });
    expect(result).toMatchObject({ request: { path, headers } });
  });
});

/** The whole head that leaves; for a refusal, only its rule. */
function leaving(result: Awaited<ReturnType<typeof screened>>): string {
  if ('request' in result) return [result.request.path, ...result.request.headers].join('\n');
  return 'rule' in result ? result.rule : JSON.stringify(result);
}

test('a request counts as active exactly once while its content is awaited, whatever the result', async () => {
  const bodies = Array.from({ length: 3 }, () => new PassThrough());
  const policy = createLivePolicy({ allow: [RULE], deny: [] });
  for (let count = 0; count < 1_021; count += 1) policy.wait();
  const results = bodies.map(async (body) => await screened({ body }, { audit, policy }));
  for (let turns = 0; turns < 5; turns += 1) await turn();
  const another = await screened({ body: new PassThrough() }, { audit, policy });
  expect(another).toMatchObject({ verdict: 'deny', kind: 'busy' });
  bodies[0]?.end('fine');
  bodies[1]?.end(SECRET);
  bodies[2]?.destroy();
  expect(await Promise.all(results)).toMatchObject([
    { passage: { verdict: 'pass' } },
    { rule: 'gateway.dlp' },
    { rule: 'gateway.body' },
  ]);
  const leaving = [policy.wait(), policy.wait()];
  expect(policy.isFull()).toBe(true);
  for (const leave of leaving) leave();
  expect(policy.isFull()).toBe(false);
});
