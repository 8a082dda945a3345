import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeRefusal } from '../../gateway/gate/denial.ts';
import { packageRoot } from '../../host/paths.ts';
import { inDoubt, NAMED_BY_DENY, unclear } from '../../gateway/policy/reasons.ts';
import { adviseOn } from './advice.ts';

const LINE = {
  rule: 'default',
  via: 'connect',
  host: 'example.org',
  port: 443,
  method: 'CONNECT',
  path: '',
  reason: 'no rule allows this host',
} as const;

test.each([
  [{}, '- host: example.org'],
  [{ port: 8443 }, '- { host: example.org, port: 8443 }'],
  [{ via: 'dns', port: 53 }, '- host: example.org'],
  [{ via: 'http', port: 80 }, '- { host: example.org, scheme: http }'],
  [{ via: 'proxy', port: 8080 }, '- { host: example.org, port: 8080, scheme: http }'],
  [{ host: '2001:db8::1' }, '- host: "2001:db8::1"'],
  [{ host: 'x }, { host: evil.test' }, null],
  [{ host: 'x\nhost: evil.test' }, null],
  [{ host: 'bot-bottle-launch-check.invalid' }, null],
  [{ rule: 'egress.deny[0]' }, null],
  [{ rule: 'egress.allow[0]', reason: 'its rule allows port 443 only' }, null],
  [{ rule: 'gateway.mismatch' }, null],
] as const)('the advice for %j is %j', (more, allow) => {
  expect(adviseOn({ ...LINE, ...more }).allow).toBe(allow);
});

test('the suggested line is YAML with exactly that rule', () => {
  const advised = ['example.org', '2001:db8::1', '192.0.2.1'].map(
    (host) => adviseOn({ ...LINE, host, port: 8443 }).allow ?? '',
  );
  expect(parse(advised.join('\n'))).toEqual([
    { host: 'example.org', port: 8443 },
    { host: '2001:db8::1', port: 8443 },
    { host: '192.0.2.1', port: 8443 },
  ]);
});

test('the advice names an allow rule that nearly matched, and why it did not', () => {
  const { says } = adviseOn({ ...LINE, rule: 'egress.allow[0]', reason: 'its rule allows port 443 only' });
  expect(says).toBe('egress.allow[0] is about this host, but its rule allows port 443 only');
});

test.each([
  [NAMED_BY_DENY, 'egress.deny[0] denies it, and deny beats allow'],
  [
    inDoubt(unclear.path('has dot segments')),
    /^egress\.deny\[0\] may be about it, for the path has dot segments/,
  ],
])('the advice tells a deny rule that may match from one that does: %s', (reason, says) => {
  expect(adviseOn({ ...LINE, rule: 'egress.deny[0]', reason }).says).toMatch(says);
});

/** Every id of a refusal in the gateway's source. */
const SOURCE = join(packageRoot(), 'src/gateway');
const IDS = new Set(
  readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => readFileSync(join(SOURCE, name), 'utf8').match(/(?<=')gateway\.[a-z-]+(?=')/g) ?? []),
);
for (const file of ['gateway.cjs', 'gateway.json', 'gateway.log']) IDS.delete(file);

test('the ids of refusals are found (control)', () => {
  expect([...IDS]).toEqual(expect.arrayContaining(['gateway.dlp', 'gateway.body', 'gateway.malformed']));
});

test.each([...IDS])('%s: the advice is more than its reason', (rule) => {
  const { says } = adviseOn({ ...LINE, rule, reason: 'WHY' });
  expect(says).not.toBe('WHY');
  expect(says.length).toBeGreaterThan(20);
});

/** The kind of these refusals already says what to do; `malformed` is the step for any other form. */
const BY_KIND = ['audit', 'budget', 'busy', 'changed', 'closed', 'dlp', 'malformed', 'rule-budget'];

/** Failures in TLS or before it: the client receives only an alert. */
const WITHIN_TLS = ['encrypted-name', 'handshake', 'no-server-name', 'not-http', 'not-tls'];
const UNTOLD = [...BY_KIND, ...WITHIN_TLS];

test.each([...IDS].filter((rule) => !UNTOLD.includes(rule.slice('gateway.'.length))))(
  '%s: the client gets separate advice',
  (rule) => {
    const stepFor = (id: string): unknown =>
      describeRefusal(LINE, { verdict: 'deny', kind: 'protocol', rule: id, reason: 'WHY' }).body['nextStep'];
    expect(stepFor(rule)).not.toBe(stepFor('gateway.new'));
  },
);

test.each([
  ['a.test leads to 10.0.0.7 (private)', /pin it on the rule \(addresses:\)$/],
  ['a.test does not resolve (ENOTFOUND)', /check the name, and the network/],
])('the advice for an allowed host that %s', (reason, next) => {
  const { says, allow } = adviseOn({ ...LINE, rule: 'egress.allow[0] a.test', reason });
  expect(says).toMatch(next);
  expect(says).toContain(reason);
  expect(allow).toBeNull();
});

test.each(['localhost', '0.0.0.0', '127.0.0.1', '::1'])(
  '%s is the bottle, and no rule is suggested',
  (host) => {
    const { says, allow } = adviseOn({ ...LINE, host, rule: 'default', reason: 'no rule allows this host' });
    expect(says).toMatch(/use 127.0.0.1 directly/);
    expect(allow).toBeNull();
  },
);

test('a gateway refusal without an entry is explained by its reason', () => {
  expect(adviseOn({ ...LINE, rule: 'gateway.new', reason: 'why' })).toEqual({ says: 'why', allow: null });
});
