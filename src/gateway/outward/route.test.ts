import { expect, test } from 'vitest';
import { bypassesProxy } from './route.ts';

const bypasses = (bypass: readonly string[], host: string): boolean =>
  bypassesProxy({ host: 'proxy', port: 80, bypass }, host);

test.each([
  [['corp.example'], 'corp.example', true],
  [['corp.example'], 'git.corp.example', true],
  [['.corp.example'], 'git.corp.example', true],
  [['*.corp.example'], 'git.corp.example', true],
  [['CORP.example'], 'git.corp.example', true],
  [['corp.example:8080'], 'corp.example', true],
  [['corp.example'], 'evilcorp.example', false],
  [['corp.example'], 'corp.example.evil.test', false],
  [['*'], 'anything.test', true],
  [['10.1.2.3'], '10.1.2.3', true],
  [['10.0.0.0/8'], '10.1.2.3', true],
  [['10.0.0.0/8'], '11.1.2.3', false],
  [['fd00::/8'], 'fd00::1', true],
  [['10.0.0.0/8'], 'fd00::1', false],
  [[], 'anything.test', false],
])('%j bypasses the proxy for %s: %s', (bypass, host, expected) => {
  expect(bypasses(bypass, host)).toBe(expected);
});
