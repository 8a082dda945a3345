import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Policy, Rule } from '../config.ts';
import { canonicalRule } from '../policy/rules.ts';
import { pipelockConfig } from './config.ts';

const rules = (list: 'allow' | 'deny', hosts: readonly string[]): Rule[] =>
  hosts.map((host) => canonicalRule({ host }, { id: host, list }));
const policyOf = (allow: readonly string[], deny: readonly string[] = []): Policy => ({
  allow: rules('allow', allow),
  deny: rules('deny', deny),
});
const configOf = (policy: Policy) =>
  pipelockConfig({
    policy,
    address: '198.18.0.2',
    port: 3128,
    hostAddresses: ['203.0.113.9', '2001:db8::9', '203.0.112.0/28'],
    logPath: '/run/audit/pipelock.jsonl',
  });

test('the configuration has the agreed form', async () => {
  const config = configOf(policyOf(['api.example.org', '*.files.example'], ['bad.files.example']));
  const text = `${JSON.stringify(config, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../test/golden/pipelock/pipelock.yaml');
  expect(parse(text)).toEqual(config);
});

/** Matches like pipelock: MatchDomain in scanner.go does the same, as its documentation says. */
const matches = (host: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? host === pattern.slice(2) || host.endsWith(pattern.slice(1)) : host === pattern;

const isAllowed = (policy: Policy, host: string): boolean => {
  const { api_allowlist: allowed, fetch_proxy: proxy } = configOf(policy);
  return (
    allowed.some((pattern) => matches(host, pattern)) &&
    !proxy.monitoring.blocklist.some((pattern) => matches(host, pattern))
  );
};

const NAME = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((labels) => [...labels, 'example'].join('.'));
const HOST = fc.oneof(
  NAME,
  NAME.map((name) => `*.${name}`),
);
const means = (host: string, name: string): boolean =>
  host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host;

test('the configuration allows no name that the rules do not allow', () => {
  const holds = fc.property(fc.array(HOST), fc.array(HOST), NAME, (allow, deny, name) => {
    const isMeant = allow.some((host) => means(host, name)) && !deny.some((host) => means(host, name));
    return isMeant || !isAllowed(policyOf(allow, deny), name);
  });
  expect(fc.check(holds)).toMatchObject({ failed: false });
});

test('the configuration allows all names that the rules allow, where nothing is denied', () => {
  const holds = fc.property(
    fc.array(HOST),
    NAME,
    (allow, name) => !allow.some((host) => means(host, name)) || isAllowed(policyOf(allow), name),
  );
  expect(fc.check(holds)).toMatchObject({ failed: false });
});

test('an empty policy allows nothing, although strict mode requires a name', () => {
  expect(configOf(policyOf([])).api_allowlist).toEqual(['bot-bottle-allows-nothing.invalid']);
});

const STAND_IN = join(import.meta.dirname, '../../../test/pipelock/stand-in.mjs');

/** Returns the error of a strict reader of the published contract for this file. */
function complaintAbout(config: object): string {
  const dir = mkdtempSync(join(tmpdir(), 'bb-'));
  try {
    const path = join(dir, 'pipelock.yaml');
    writeFileSync(path, JSON.stringify(config));
    return spawnSync(process.execPath, [STAND_IN, 'run', '--config', path]).stderr.toString();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('a strict reader refuses members outside the contract', () => {
  const config = configOf(policyOf(['api.example.org']));
  expect(complaintAbout({ ...config, api_allowList: [] })).toContain('field api_allowList not found');
  expect(complaintAbout({ ...config, api_allowlist: [] })).toContain('strict mode requires api_allowlist');
});
