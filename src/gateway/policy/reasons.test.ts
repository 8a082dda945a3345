import { expect, test } from 'vitest';
import type { Policy } from '../config.ts';
import { decide, type Request } from './decide.ts';
import { isUnclearRequest } from './reasons.ts';
import { canonicalRule, type WrittenRule } from './rules.ts';

/** Reasons of refusals that decide the next step. */

const written = (rule: WrittenRule, list: 'allow' | 'deny') => canonicalRule(rule, { id: list, list });
const reasonOf = (policy: Policy, more: Partial<Request>): string =>
  decide(policy, { host: 'a.example', port: 443, scheme: 'https', method: 'GET', path: '/x', ...more })
    .reason;

test.each([
  [{ path: '/secret' }, 'a deny rule names it'],
  [{ path: '/secret%2Fx' }, 'a deny rule names it'],
  [{ path: '/x/../y' }, 'the path has dot segments, and a deny rule is about a part of its host'],
  [
    { hasBody: true },
    'content in a GET can hide another request, and a deny rule is about a part of its host',
  ],
  [
    { secondPaths: ['/y'] },
    'a header names a second path besides the judged one, and a deny rule is about a part of its host',
  ],
  [
    { isOverridden: true },
    'it asks the server to use another method or path than it shows, and a deny rule is about a part of its host',
  ],
  [{ path: '/x%2Fsecret' }, 'allowed'],
])('the deny rule names the request, or may be about it: %j: %s', (more, expected) => {
  const policy = {
    allow: [written({ host: 'a.example' }, 'allow')],
    deny: [written({ host: 'a.example', paths: ['/secret/**'] }, 'deny')],
  };
  const reason = reasonOf(policy, more);
  expect([reason, isUnclearRequest(reason)]).toEqual([
    expected,
    expected.includes(' may ') || / part of /.test(expected),
  ]);
});

test.each([
  ['/a%2Fb', 'with a slash, and not with an escaped one'],
  ['/a%2fb/c', 'with a slash, and not with an escaped one'],
  ['/b%2Fc', 'its rule does not allow this path'],
  ['/b?x=%2F', 'its rule does not allow this path'],
  ['/%2Fa', 'the path has an escaped slash at its beginning'],
])('the allow rule explains why it refuses an escaped slash: %s: %s', (path, expected) => {
  const allow = [
    written({ host: 'a.example', paths: ['/z'] }, 'allow'),
    written({ host: 'a.example', paths: ['/a/**'] }, 'allow'),
  ];
  expect(reasonOf({ allow, deny: [] }, { path })).toContain(expected);
});
