import { describe, expect, test } from 'vitest';
import type { Policy } from '../../gateway/config.ts';
import { canonicalRule, type WrittenRule } from '../../gateway/policy/rules.ts';
import { parseAskedUrl } from './asked-url.ts';
import { explain, type Explanation } from './explain.ts';
import type { KnownRules } from './known-rules.ts';

const rules = (written: readonly WrittenRule[], list: 'allow' | 'deny') =>
  written.map((rule, index) => canonicalRule(rule, { id: `${list}[${index}]`, list }));

const POLICY: Policy = {
  allow: rules(
    [
      {
        host: 'api.example.org',
        methods: ['POST'],
        paths: ['/v1/**'],
        inject: { secret: 'the variable CLAUDE_CODE_OAUTH_TOKEN', slot: { kind: 'bearer' } },
      },
      { host: 'passed.example.org', tls: 'pass' },
      { host: 'plain.example.org', scheme: 'http', dlp: 'warn' },
      { host: 'db.example.org', scheme: 'tcp', port: 5432, addresses: ['10.1.2.3'] },
      { host: 'ws.example.org', websocket: true, dlp: 'off' },
      { host: 'odd.example.org', budget: { maxBytes: 2048 }, dlp: { pattern: 'warn', undecodable: 'pass' } },
    ],
    'allow',
  ),
  deny: rules(
    [
      { host: '*.evil.example' },
      { host: 'ws.example.org', scheme: 'https', paths: ['/admin/**'] },
      { host: '*.half.example', methods: ['DELETE'] },
    ],
    'deny',
  ),
};

const KNOWN: KnownRules = { policy: POLICY, written: [{ inject: 'anthropic' }], homeDir: '/home/me' };

const check = (url: string, method = 'GET'): Explanation => explain(KNOWN, parseAskedUrl(url), method);

test('a request with a method override is denied as by the gateway, and no rule would help', () => {
  const found = check('https://api.example.org/v1/x?_method=DELETE', 'POST');
  expect(found).toMatchObject({ verdict: 'deny', consider: null });
  expect(found.reason).toContain('use another method');
});

test.each(['//x/admin/keys', '/admin%3Fx', '/admin%23', '/admin./keys'])(
  '%s is denied as by the gateway, because a server may take it for /admin',
  (path) =>
    expect(check(`https://ws.example.org${path}`)).toMatchObject({
      verdict: 'deny',
      rule: 'deny[1]',
      consider: null,
    }),
);

describe('what is allowed', () => {
  test.each([
    [
      'https://api.example.org/v1/messages',
      'POST',
      {
        rule: 'allow[0]',
        tls: 'open',
        dlp: 'block',
        identity: { secret: 'the variable CLAUDE_CODE_OAUTH_TOKEN', slot: { kind: 'bearer' } },
      },
    ],
    [
      'https://passed.example.org/any',
      'DELETE',
      { rule: 'allow[1]', tls: 'pass', dlp: null, identity: null },
    ],
    ['http://plain.example.org/', 'GET', { rule: 'allow[2]', tls: null, dlp: 'warn' }],
    [
      'tcp://db.example.org:5432',
      'GET',
      { rule: 'allow[3]', tls: null, addresses: ['10.1.2.3'], method: '' },
    ],
    ['wss://ws.example.org/s', 'GET', { rule: 'allow[4]', tls: 'open', dlp: null }],
    [
      'https://odd.example.org/',
      'GET',
      {
        budget: { name: 'odd.example.org', maxBytes: 2048 },
        dlp: { secret: 'block', canary: 'block', pattern: 'warn', undecodable: 'pass' },
      },
    ],
  ])('an allowed request: %s %s', (url, method, expected) =>
    expect(check(url, method)).toMatchObject({ verdict: 'allow', consider: null, ...expected }),
  );
});

describe('what is refused, with why and with what to consider', () => {
  test.each([
    [
      'https://api.example.org/v1/messages',
      {
        rule: 'allow[0]',
        reason: 'its rule allows the methods POST only',
        consider: '- { host: api.example.org, methods: [GET], paths: ["/v1/messages"], inject: anthropic }',
      },
    ],
    [
      'http://new.example:8080/a?b',
      {
        rule: 'default',
        consider: '- { host: new.example, port: 8080, scheme: http, methods: [GET], paths: ["/a"] }',
      },
    ],
    ['tcp://new.example:22', { consider: '- { host: new.example, port: 22, scheme: tcp }' }],
    [
      'wss://new.example/s',
      { consider: '- { host: new.example, websocket: true, methods: [GET], paths: ["/s"] }' },
    ],
    ['ws://plain.example.org/s', { reason: 'its rule does not allow WebSockets' }],
    ['https://x.evil.example/', { rule: 'deny[0]', consider: null }],
    ['https://ws.example.org/ADMIN/x', { rule: 'deny[1]', consider: null }],
    ['http://10.1.2.3/', { rule: 'default', consider: null }],
    ['https://new.example/a%2fb', { consider: '- { host: new.example, methods: [GET], paths: ["/a%2Fb"] }' }],
    ['https://new.example/a/../b', { consider: null }],
    ['http://plain.example.org:8080/x?_method=PUT', { consider: null }],
  ])('a refused request gets its reason and a rule to consider: %s', (url, expected) =>
    expect(check(url)).toMatchObject({ verdict: 'deny', tls: null, ...expected }),
  );
});

test.each([
  [
    'https://a.half.example/x',
    'GET',
    {
      rule: 'default',
      reason: 'no rule allows this host',
      consider: expect.stringContaining('methods: [GET]') as string,
    },
  ],
  [
    'https://a.half.example/x',
    'DELETE',
    { rule: 'default', reason: 'no rule allows this host', consider: null },
  ],
  ['tcp://a.half.example:22', 'GET', { rule: 'default', reason: 'no rule allows this host', consider: null }],
  ['http://a.half.example/x', 'DELETE', { rule: 'deny[2]', reason: 'a deny rule names it', consider: null }],
  ['http://a.half.example/x', 'GET', { rule: 'default', reason: 'no rule allows this host' }],
])('a host without a rule is refused for that, before any deny rule: %s %s', (url, method, expected) => {
  expect(check(url, method)).toMatchObject(expected);
});

test.each([
  ['https://10.0.0.8/x', 'private'],
  ['http://192.168.1.5:8080/', 'private'],
  ['https://[::1]/', 'unspecified, loopback or IPv4-compatible'],
  ['tcp://127.0.0.1:5432', 'loopback'],
  ['https://203.0.113.6/', null],
  ['https://other.example/', null],
])('an address that is never dialled is named as one: %s', (url, needsPin) => {
  const explained = explain(KNOWN, parseAskedUrl(url), 'GET');
  expect([explained.verdict, explained.needsPin, explained.consider === null]).toEqual([
    'deny',
    needsPin,
    needsPin !== null,
  ]);
});
