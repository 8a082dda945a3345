import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Budget } from '../budget/budget.ts';
import { createLivePolicy } from '../live-policy.ts';
import { AuditLog } from '../audit/log.ts';
import type { Rule } from '../config.ts';
import { createGate, type Gate, type Judged } from '../gate.ts';
import type { RawHeaders } from '../http/headers.ts';
import { screenRequest } from './request.ts';
import { createScreen } from './screen.ts';

const SECRET = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn';
const LENT = { key: { value: 'lent-Vq8mZ2xKp4Rt7Lw9', placeholder: 'held-Kd8Wn3Yq6Xs1Zt5V' } };
const screen = createScreen({
  secrets: { inject: LENT, protect: [{ name: '.env', value: SECRET, kind: 'secret' }] },
  rules: [],
  basicUsers: [],
});
const RULE: Rule = {
  id: 'allow[0]',
  host: 'a.test',
  port: 443,
  scheme: 'https',
  opensTls: true,
  dlp: 'block',
  addresses: ['192.0.2.1'],
};
const ASKED = {
  via: 'tls',
  host: 'a.test',
  port: 443,
  scheme: 'https',
  method: 'POST',
  path: '/',
  isRequest: true,
} as const;

describe('trailers', () => {
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

  const screened = async (trailers: RawHeaders, { body, more }: { body: Readable; more?: Partial<Rule> }) => {
    const policy = createLivePolicy({ allow: [{ ...RULE, ...more }], deny: [] });
    const lookup = async () => await Promise.reject(new Error('no name is looked up'));
    const gate: Gate = createGate({
      config: {},
      policy,
      audit,
      lookup,
      budget: new Budget({}),
      inspectHost: () => [],
      tell: () => [],
      isOpen: () => true,
    });
    const judged = (await gate.judge(ASKED)) as Judged;
    const inbound = {
      method: 'POST',
      path: '/',
      headers: [],
      body,
      trailers: () => trailers,
      wantsTrailers: false,
    };
    return await screenRequest(inbound, judged, { gate, screen, tls: undefined });
  };
  const log = (): string => readFileSync(join(folder, 'egress.jsonl'), 'utf8');

  test('with a secret: the whole request is refused while all of it is here', async () => {
    const result = await screened(['x-own', SECRET], { body: Readable.from([Buffer.from('hello')]) });
    expect(result).toMatchObject({ verdict: 'deny', rule: 'gateway.dlp' });
  });

  test('with a secret, behind content that has left: they stay, and that is in the log', async () => {
    const body = Readable.from([Buffer.alloc(300_000, 'x')]);
    const result = await screened(['x-own', SECRET], { body });
    expect('inbound' in result && result.inbound.trailers()).toEqual([]);
    expect(log()).toContain('"rule":"gateway.dlp"');
    expect(log()).not.toContain(SECRET);
  });

  test('where a rule has an identity: none of the caller’s is in them', async () => {
    const more: Partial<Rule> = { inject: { secret: 'key', slot: { kind: 'bearer' } } };
    const trailers = ['x-api-key', 'another', 'x-own', 'Bearer another', 'x-sum', '5'];
    const result = await screened(trailers, { body: Readable.from([Buffer.from('hello')]), more });
    expect('inbound' in result && result.inbound.trailers()).toEqual(['x-sum', '5']);
  });
});
