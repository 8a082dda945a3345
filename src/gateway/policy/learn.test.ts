import { expect, test } from 'vitest';
import type { Policy } from '../config.ts';
import { decideLearning, decideLearningEarly } from './learn.ts';

const POLICY: Policy = {
  allow: [{ id: 'own', host: 'own.example', port: 443, scheme: 'https', paths: ['/one'], opensTls: true }],
  deny: [{ id: 'never', host: '*.evil.example', port: 0, scheme: 'tcp' }],
};
const https = (host: string, more = {}) =>
  decideLearning(POLICY, { host, port: 443, scheme: 'https', ...more });

test.each([
  ['new.example', 'allow', 'learn'],
  ['192.0.2.1', 'allow', 'learn'],
  ['2001:db8::1', 'allow', 'learn'],
  ['x.evil.example', 'deny', 'never'],
  ['localhost', 'deny', 'default'],
  ['printer', 'deny', 'default'],
  ['nas.local', 'deny', 'default'],
  ['1.2.0.192.in-addr.arpa', 'deny', 'default'],
  ['metadata.google.internal', 'deny', 'default'],
  ['bot-bottle-launch-check.invalid', 'deny', 'default'],
])('%s: %s by %s', (host, verdict, rule) => {
  expect(https(host)).toMatchObject({ verdict, rule });
  expect(decideLearningEarly(POLICY, { host, port: 443 })).toMatchObject({ verdict, rule });
  expect(decideLearningEarly(POLICY, { host })).toMatchObject({ verdict });
});

test('a rule of the bottle comes first, and learning does not allow what it refuses', () => {
  expect(https('own.example', { method: 'GET', path: '/one' })).toMatchObject({ rule: 'own' });
  expect(https('own.example', { method: 'GET', path: '/two' })).toMatchObject({
    verdict: 'allow',
    rule: 'learn',
  });
});

test('learning does not allow raw TCP', () => {
  expect(decideLearning(POLICY, { host: 'new.example', port: 22, scheme: 'tcp' }).verdict).toBe('deny');
});
