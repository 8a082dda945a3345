import { describe, expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import type { AuditLine } from '../../gateway/config.ts';
import { canonicalRule } from '../../gateway/policy/rules.ts';
import { linesOf, OPENED_TLS, PLAIN_IN_TUNNEL } from './gateway-lines.testing.ts';
import { renderRefusals } from './log.ts';
import { refusalsIn } from './refusals.ts';
import { ruleAsYaml } from './suggested-rule.ts';

const refused = (more: Partial<AuditLine>): AuditLine => ({
  time: '2026-01-01T00:00:00.000Z',
  bottle: 'fixer-1a2b3c4d',
  verdict: 'deny',
  rule: 'default',
  via: 'connect',
  host: 'new.example',
  port: 443,
  method: 'CONNECT',
  path: '',
  reason: 'no rule allows this host',
  bytes: 0,
  id: '1',
  event: 'decision',
  seq: 1,
  hash: '',
  ...more,
});

const request = (method: string, path: string, more: Partial<AuditLine> = {}) =>
  refused({ via: 'proxy', port: 80, method, path, ...more });

const FOUND = { detector: 'secret', id: 'x', fingerprint: '', where: 'body', encoding: 'raw' } as const;

describe('rules to consider', () => {
  test('a suggested rule covers one host, port and scheme, the most requested first', async () => {
    const { rules, unsuggested } = await refusalsIn([
      refused({}),
      refused({ host: 'often.example', port: 8443, repeats: 4 }),
      refused({ verdict: 'allow', host: 'fine.example' }),
      refused({ host: 'bot-bottle-launch-check.invalid', via: 'dns', port: 53 }),
    ]);
    expect(rules).toEqual([
      { rule: { host: 'often.example', port: 8443 }, times: 4, reason: 'no rule allows this host' },
      { rule: { host: 'new.example' }, times: 1, reason: 'no rule allows this host' },
    ]);
    expect(unsuggested).toEqual([]);
  });

  test('no suggested rule covers a whole host, however many paths an agent requests', async () => {
    const scattered = Array.from({ length: 300 }, (_, n) => request('GET', `/x${n}/y`));
    const { rules, unsuggested } = await refusalsIn([...scattered, request('POST', '/login')]);
    expect(rules.map(({ rule }) => rule.paths)).toEqual([['/login']]);
    expect(unsuggested).toMatchObject([{ host: 'new.example', times: 300 }]);
    const together = Array.from({ length: 300 }, (_, n) => request('GET', `/api/x${n}/y`));
    expect((await refusalsIn(together)).rules.map(({ rule }) => rule.paths)).toEqual([['/api/**']]);
  });

  test('no rule is suggested for DNS queries of other types, or for local names', async () => {
    const question = (host: string, method: string): AuditLine =>
      refused({ via: 'dns', port: 53, host, method });
    const { rules, unsuggested } = await refusalsIn([
      question('1.0.200.127.in-addr.arpa', 'TYPE12'),
      question('_http._tcp.new.example', 'TYPE33'),
      question('new.example', 'AAAA'),
      question('printer', 'A'),
      question('wpad.lan', 'A'),
      question('9.9.9.9.in-addr.arpa', 'A'),
      { ...question('withheld.example', 'TYPE16'), findings: [FOUND] },
    ]);
    expect(rules.map(({ rule }) => rule)).toEqual([{ host: 'new.example' }]);
    expect(unsuggested.map(({ host }) => host)).toEqual([
      'printer',
      'wpad.lan',
      '9.9.9.9.in-addr.arpa',
      'withheld.example',
    ]);
  });

  test('a suggested rule has the requested methods and paths', async () => {
    const { rules } = await refusalsIn([
      request('POST', '/a?secret=1'),
      request('GET', '/b'),
      request('GET', '/a'),
    ]);
    // Without POST to /b, which nobody requested.
    expect(rules.map(({ rule }) => rule)).toEqual([
      { host: 'new.example', scheme: 'http', methods: ['GET', 'POST'], paths: ['/a'] },
      { host: 'new.example', scheme: 'http', methods: ['GET'], paths: ['/b'] },
    ]);
  });

  test('a suggested rule has the scheme of the connection, as far as it is known', async () => {
    const narrow = { host: 'opened.example', methods: ['HEAD'] };
    const policy = { allow: [canonicalRule(narrow, { id: 'egress.allow[0]', list: 'allow' })], deny: [] };
    const lines = [
      refused({ host: 'tunnel.example' }),
      refused({ host: 'named.example', via: 'tls', method: '' }),
      ...(await linesOf(policy, [
        { over: PLAIN_IN_TUNNEL, to: 'plain.example:8080' },
        { over: PLAIN_IN_TUNNEL, to: 'odd.example:443' },
        { to: 'opened.example', method: 'POST', path: '/a' },
        { to: 'opened.example', path: '/sock', isWebSocket: true },
        { over: OPENED_TLS, to: 'unproxied.example' },
      ])),
    ];
    expect((await refusalsIn(lines)).rules.map(({ rule }) => rule)).toEqual([
      { host: 'tunnel.example' },
      { host: 'named.example' },
      { host: 'plain.example', port: 8080, scheme: 'http', methods: ['GET'], paths: ['/'] },
      { host: 'odd.example', port: 443, scheme: 'http', methods: ['GET'], paths: ['/'] },
      { host: 'opened.example', methods: ['POST'], paths: ['/a'] },
      { host: 'opened.example', websocket: true, methods: ['GET'], paths: ['/sock'] },
      { host: 'unproxied.example', methods: ['GET'], paths: ['/'] },
    ]);
  });

  test('a suggested rule covers a name that was only looked up, and no second one if it was requested too', async () => {
    const lookup = refused({ via: 'dns', port: 53, method: 'A' });
    expect((await refusalsIn([lookup])).rules.map(({ rule }) => rule)).toEqual([{ host: 'new.example' }]);
    expect((await refusalsIn([lookup, request('GET', '/')])).rules).toHaveLength(1);
  });
});

describe('what was refused beside a rule', () => {
  const beside = (reason: string, more: Partial<AuditLine> = {}) =>
    request('GET', '/a', { rule: 'egress.allow[0] new.example', reason, ...more });
  const found = async (...lines: AuditLine[]) => {
    const { rules, unsuggested } = await refusalsIn(lines);
    return [rules.map(({ rule }) => rule), unsuggested.map(({ times, why }) => [times, why])];
  };
  const plain = { host: 'new.example', scheme: 'http', methods: ['GET'], paths: ['/a'] };

  test('a refused WebSocket gets a rule for it, and nothing else does', async () => {
    const refusedSocket = beside('its rule does not allow WebSockets', { path: '/sock' });
    expect(await found(refusedSocket, beside('its rule does not allow this path'))).toEqual([
      [{ ...plain, websocket: true, paths: ['/sock'] }, plain],
      [],
    ]);
  });

  test.each([
    ['content in a GET can hide another request', {}],
    ['a header names a second path besides the judged one', {}],
    ['it asks the server to use another method or path than it shows', {}],
    ['the path has dot segments', { path: '/a/../b' }],
  ])('a refusal without a helpful rule is reported beside the rules: %s', async (reason, more) => {
    expect(await found(beside(reason, more))).toEqual([[], [[1, reason]]]);
    expect(
      await found(beside(reason, { ...more, repeats: 2 }), beside('its rule does not allow this path')),
    ).toEqual([[plain], [[2, reason]]]);
  });

  test.each(['/a/../b', '/x%3F', '/*', '//x', 'x'])(
    '%s does not widen the rule to the whole host',
    async (path) => {
      expect(await found(request('GET', '/a'), request('GET', path))).toEqual([
        [plain],
        [[1, expect.stringMatching(/path/)]],
      ]);
    },
  );

  test('an escaped slash is reported as one', async () => {
    expect(await found(request('GET', '/@a%2fb'))).toEqual([[{ ...plain, paths: ['/@a%2Fb'] }], []]);
  });
});

describe('what is never suggested', () => {
  test.each([
    [refused({ host: '10.1.2.3' }), 'the address is private'],
    [refused({ host: '::1' }), 'the address is unspecified, loopback or IPv4-compatible'],
    [refused({ host: 'bad host' }), 'the host has control, space or non-ASCII characters'],
    [
      refused({
        rule: 'egress.allow[0] in.example',
        host: 'in.example',
        reason: 'in.example leads to 10.0.0.1',
      }),
      'in.example leads to 10.0.0.1',
    ],
    [
      refused({ rule: 'gateway.malformed', reason: 'two Host fields' }),
      'two Host fields [gateway.malformed]',
    ],
    [
      refused({
        rule: 'gateway.malformed',
        reason: 'the CONNECT target is odd',
        host: '0x7f.1:443',
        port: 0,
      }),
      'the CONNECT target is odd [gateway.malformed]',
    ],
    [
      { ...refused({ rule: 'egress.allow[0] new.example', reason: 'a secret' }), findings: [FOUND] },
      'a secret [egress.allow[0] new.example]',
    ],
    [
      refused({ rule: 'base.egress.deny[1] new.example', reason: 'a deny rule names it' }),
      'a deny rule names it [base.egress.deny[1] new.example]',
    ],
  ])('%#: a rule is never suggested for %s', async (line, why) => {
    const { rules, unsuggested } = await refusalsIn([line]);
    expect(rules).toEqual([]);
    expect(unsuggested).toEqual([expect.objectContaining({ host: line.host, why })]);
  });

  test('a request without a known method gets no rule, and is reported with its host and port', async () => {
    const lines = await linesOf({ allow: [], deny: [] }, [
      { over: PLAIN_IN_TUNNEL, to: 'new.example:8080', method: 'FOO' },
    ]);
    expect((await refusalsIn(lines)).unsuggested).toEqual([
      {
        host: 'new.example',
        port: 8080,
        times: 1,
        why: 'the method is unknown [gateway.malformed]',
      },
    ]);
  });

  test('malformed requests do not change the rules for others', async () => {
    const lines = [refused({ rule: 'gateway.malformed' }), refused({})];
    expect((await refusalsIn(lines)).rules.map(({ times }) => times)).toEqual([1]);
  });
});

test('the printed rules are a valid part of a manifest, whatever the agent requested', async () => {
  const report = await refusalsIn([
    refused({ host: 'true.example' }),
    refused({ host: '192.0.2.1' }),
    request('GET', '/"}, {host: evil.example}/%E2%80%AE%E2%80%A8', { host: 'a.example' }),
    request('GET', '/%20 %22 #', { host: 'unnameable.example' }),
    request('GET', '/%20%22: b%2F', { host: 'b.example' }),
    request('POST', '/x', { host: 'c.example', reason: 'no\nrule: \u001b[31m' }),
  ]);
  expect(ruleAsYaml({ host: 'true' })).toBe('- { host: "true" }');
  const lines = renderRefusals({ id: 'fixer-1', agent: 'fixer', bottle: 'b', ...report });
  expect(lines.join('')).not.toMatch(/\p{Cc}|\u202e|\u2028/u);
  const rules = lines.slice(2).map((line) => `    ${line}`);
  const manifest = manifestOf(`bottles:\n  b:\n${rules.join('\n')}\n`);
  const hosts = manifest.bottles
    .get('b')
    ?.settings['egress.allow']?.value.map(({ value }) => value.rule.host);
  expect(new Set(hosts)).toEqual(
    new Set(['true.example', '192.0.2.1', 'a.example', 'b.example', 'c.example']),
  );
});
