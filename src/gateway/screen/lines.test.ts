import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import { Budget } from '../budget/budget.ts';
import type { AuditLine, Rule } from '../config.ts';
import { createGate } from '../gate/gate.ts';
import type { RawHeaders } from '../message/headers.ts';
import { createLivePolicy } from '../gate/live-policy.ts';
import { admit } from './judge.ts';
import { createScreen } from './screen.ts';

/** Requests with several secrets: the log contains none of them. */

const SECRET = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn';
const HOST_SECRET = 'hexa9f8e7d6c5b4a3928170';
const CANARY = 'canary-Zk3Qw8Vn5Tx1Rb7M';
const PLACEHOLDER = 'held-Kd8Wn3Yq6Xs1Zt5V';
const SEGMENTS = `/${SECRET.match(/.{1,6}/g)?.join('/')}`;
const [FIRST, SECOND] = [SECRET.slice(0, 15), SECRET.slice(15)];

/** Each test gets a separate one: it remembers parts of secrets that left. */
const makeScreen = () =>
  createScreen({
    secrets: {
      inject: { key: { value: 'lent-Vq8mZ2xKp4Rt7Lw9', placeholder: PLACEHOLDER } },
      protect: [
        { name: '.env', value: SECRET, kind: 'secret' },
        { name: '.env: HOST', value: HOST_SECRET, kind: 'secret' },
        { name: 'canary', value: CANARY, kind: 'canary' },
      ],
    },
    rules: [],
    basicUsers: [],
  });

interface Sent {
  readonly host?: string;
  readonly path?: string;
  readonly headers?: RawHeaders;
  readonly body?: string | Buffer;
  readonly trailers?: RawHeaders;
  readonly dlp?: NonNullable<Rule['dlp']>;
}

const rule = (dlp: NonNullable<Rule['dlp']>): Rule => ({
  id: 'allow[0]',
  host: '*.test',
  port: 443,
  scheme: 'https',
  opensTls: true,
  dlp,
  addresses: ['192.0.2.1'],
});

/** Returns the log lines of a request that the gate has judged. */
async function linesOf({ host = 'a.test', path = '/', dlp = 'block', ...sent }: Sent): Promise<string> {
  const screen = makeScreen();
  const dir = mkdtempSync(join(tmpdir(), 'lines-'));
  const audit = new AuditLog({ path: join(dir, 'log'), bottleId: 'b' });
  const gate = createGate({
    config: {},
    policy: createLivePolicy({ allow: [rule(dlp)], deny: [] }),
    audit,
    lookup: async () => await Promise.resolve({ addresses: ['192.0.2.1'] }),
    budget: new Budget({}),
    inspectHost: (name) => screen.inspector.name(name),
    inspectLogTexts: (texts) => screen.inspector.logTexts(texts),
    isOpen: () => true,
  });
  const target = { via: 'tls', host, port: 443, scheme: 'https', method: 'POST', path } as const;
  const judged = await gate.judge(target);
  const { headers = [], body, trailers = [] } = sent;
  const inbound = {
    method: 'POST',
    path,
    headers,
    body: body === undefined ? undefined : Readable.from([Buffer.from(body)]),
    trailers: () => trailers,
    wantsTrailers: false,
  };
  if (judged.verdict === 'allow') await admit(inbound, judged, { gate, screen });
  audit.close();
  const text = readFileSync(join(dir, 'log'), 'utf8');
  rmSync(dir, { recursive: true });
  return text;
}

const lineOf = (text: string): AuditLine => JSON.parse(text.split('\n')[0] ?? '') as AuditLine;

test('a path without findings is in the log', async () => {
  expect(lineOf(await linesOf({ path: '/p/x?q=1' }))).toMatchObject({ verdict: 'allow', path: '/p/x' });
});

const SECRET_WARNED = { secret: 'warn', canary: 'block', pattern: 'block', undecodable: 'refuse' } as const;
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46, 1, 2, 3, 4, 5]);

test.each<[string, Sent, Partial<AuditLine>]>([
  ['a path that holds a placeholder, too', { path: `/p/${SECRET}/${PLACEHOLDER}` }, { verdict: 'deny' }],
  [
    'a path before a placeholder in the query',
    { path: `/p/${SECRET}?q=${PLACEHOLDER}` },
    { verdict: 'deny' },
  ],
  [
    'a path beside a placeholder in a header',
    { path: `/p/${SECRET}`, headers: ['x-note', PLACEHOLDER] },
    { verdict: 'deny' },
  ],
  ['the name of a header with a placeholder', { headers: [`x-${SECRET}`, PLACEHOLDER] }, { verdict: 'deny' }],
  [
    'the name of a header in lower case, with a placeholder',
    { headers: [`x-${SECRET.toLowerCase()}`, PLACEHOLDER] },
    { verdict: 'deny' },
  ],
  [
    'the name of a trailer with a placeholder',
    { body: 'abc', trailers: [SECRET, PLACEHOLDER] },
    { verdict: 'deny' },
  ],
  [
    'a path after a host that holds another',
    { host: `${HOST_SECRET}.a.test`, path: `/p/${SECRET}` },
    { verdict: 'deny', host: '(withheld)' },
  ],
  [
    'a path that is only warned of, and a canary in the body',
    { dlp: SECRET_WARNED, path: `/p/${SECRET}`, body: CANARY },
    { verdict: 'deny' },
  ],
  [
    'a path that only causes a warning, and an undecodable body',
    { dlp: 'warn', path: `/p/${SECRET}`, body: XZ },
    { verdict: 'deny' },
  ],
  ['a path that is let out with a warning', { dlp: 'warn', path: `/p/${SECRET}` }, { verdict: 'allow' }],
  [
    'the segments of a path beside a placeholder',
    { path: SEGMENTS, headers: ['x-note', PLACEHOLDER] },
    { verdict: 'deny', path: '(withheld)' },
  ],
  [
    'the segments of a path, let out with a warning of a header',
    { dlp: 'warn', path: SEGMENTS, headers: ['x-note', CANARY] },
    { verdict: 'allow', path: '(withheld)' },
  ],
  [
    'the name of a header, let out with a warning of its value',
    { dlp: 'warn', headers: [`x-${SECRET.toLowerCase()}`, CANARY] },
    { verdict: 'allow' },
  ],
])('the log contains no secret: %s', async (_, sent, expected) => {
  const text = await linesOf(sent);
  expect(lineOf(text)).toMatchObject(expected);
  expect(text.toLowerCase()).not.toContain(SECRET.toLowerCase());
  expect(text).not.toContain(PLACEHOLDER);
});

test.each<[string, Sent]>([
  ['in a name and its value', { headers: [`x-${FIRST}`, SECOND] }],
  ['in a name, let out with a warning', { dlp: 'warn', headers: [`x-${FIRST}`, SECOND] }],
  ['in two names', { headers: [`x-${FIRST}`, 'a', `x-${SECOND}`, SECRET] }],
  [
    'in a path and the name that a placeholder stands in',
    { path: `/${FIRST}`, headers: [`x-${SECOND}`, PLACEHOLDER] },
  ],
])('the log contains no half of a secret: %s', async (_, sent) => {
  const text = (await linesOf(sent)).toLowerCase();
  expect(text).toContain('"id":');
  expect(text).not.toContain(FIRST.toLowerCase());
  expect(text).not.toContain(SECOND.toLowerCase());
});
