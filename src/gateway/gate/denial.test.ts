import { expect, test } from 'vitest';
import { describeRefusal } from './denial.ts';
import type { Asked, Refusal } from './gate.ts';
import { ESCAPED_SLASH_ALONE } from '../policy/reasons.ts';

const ASKED: Asked = { via: 'proxy', host: 'a.test', port: 80, scheme: 'http', method: 'GET', path: '/' };

const told = (kind: Refusal['kind'], rule: string) =>
  describeRefusal(ASKED, { verdict: 'deny', kind, rule, reason: 'why' });

test('a full log means a full disk or a log at its limit', () => {
  const { status, body } = told('audit', 'gateway.audit');
  expect({ status, ...body }).toMatchObject({
    status: 503,
    nextStep: expect.stringMatching(/make room on it; .* stop this bottle and start a new one/),
  });
});

test('a temporary refusal is not a decision, and its client may ask again', () => {
  const { status, body } = told('closed', 'gateway.closed');
  expect({ status, ...body }).toMatchObject({
    status: 503,
    error: 'not_open_yet',
    nextStep: 'Wait until the bottle is ready, then ask again.',
    forAgents: expect.stringMatching(/^This is not a decision .* it is temporary/),
  });
});

test.each(['lookup', 'audit', 'closed', 'changed', 'busy'] as const)(
  'the refusal of %s does not blame the policy',
  (kind) => {
    const { body, proxyStatus } = told(kind, 'gateway.x');
    expect(body['forAgents']).not.toContain('policy');
    expect(proxyStatus).toBe(kind === 'lookup' ? 'dns_error' : 'proxy_internal_error');
  },
);

test.each(['policy', 'protocol', 'content', 'address', 'budget'] as const)('%s is a decision', (kind) => {
  expect(told(kind, 'gateway.x').body['forAgents']).toMatch(/^This is a decision by the policy/);
});

test('a secret in its slot, or a placeholder elsewhere, is no dlp finding', () => {
  const found = told('content', 'gateway.dlp').body['nextStep'];
  expect(found).toContain('dlp: warn');
  for (const rule of ['gateway.identity', 'gateway.placeholder'])
    expect(told('content', rule).body['nextStep']).not.toContain('dlp');
});

test.each([
  ['egress.deny[0] a.test', 'a deny rule names it', '/x', 'only removing that rule would allow it'],
  [
    'egress.deny[0] a.test',
    'the path has dot segments, and a deny rule is about a part of its host',
    '/x',
    'plain form',
  ],
  ['egress.allow[0] a.test', 'content in a GET can hide another request', '/x', 'never allow this form'],
  [
    'egress.allow[0] a.test',
    'its rule does not allow this path',
    '/x',
    'can widen the rule egress.allow[0] a.test',
  ],
  ['egress.allow[0] a.test', ESCAPED_SLASH_ALONE, '/a%2Fb', 'as in /@scope%2F*'],
  [
    'egress.allow[0] acme/app',
    'its rule does not allow this path',
    '/repositories/13/issues?page=2',
    '?page=2',
  ],
  ['egress.deny[0] acme/secret', 'a deny rule names it', '/repositories/13/issues?page=2', '?page=2'],
  [
    'default',
    'no rule allows this host',
    '/repositories/13/issues',
    'under egress.allow: - host: api.github.com',
  ],
])('a refusal by policy suggests a step that helps: %s, %s', (...[rule, reason, path, step]) => {
  const asked: Asked = { ...ASKED, host: 'api.github.com', port: 443, scheme: 'https', path };
  const { body } = describeRefusal(asked, { verdict: 'deny', kind: 'policy', rule, reason });
  expect(body['nextStep']).toContain(step);
});

test.each(['localhost', '0.0.0.0', '127.0.0.2', '::1'])('%s is the bottle: no rule is suggested', (host) => {
  const asked = { ...ASKED, host, port: 8000 };
  const { body } = describeRefusal(asked, {
    verdict: 'deny',
    kind: 'policy',
    rule: 'default',
    reason: 'why',
  });
  expect(body['nextStep']).toContain('http://127.0.0.1:8000 without it');
  expect(body['nextStep']).not.toContain('egress.allow');
});
