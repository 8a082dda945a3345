import { expect, test } from 'vitest';
import type { AgentMessage } from '../inside/attack.ts';
import { policyOf } from '../../bottle/egress/policy.ts';
import { decide } from '../../gateway/policy/decide.ts';
import { selectAgent } from '../../manifest/draft.ts';
import { manifestOf } from '../../../test/support/manifest.ts';
import { arenaManifest } from '../arena/manifest.ts';
import { ARENA_NAMES } from '../arena/targets.ts';
import { PROBES } from '../probes/index.ts';
import { resolved } from '../takeover/named.testing.ts';
import { allowedIn, confirmedBy, idsGranted } from './formerly.ts';

const PLACES = {
  agent: 'verify-1',
  ports: [4000],
  lenderPorts: [],
  address: '192.0.2.1',
  ownName: 'this-host',
  presets: [],
};
const [formerly = ''] = idsGranted(PROBES);
const NONCE = 'bb1234';
const line = (verdict: 'allow' | 'deny', host: string, via: 'dns' | 'proxy' = 'proxy') =>
  ({ verdict, host, via }) as const;
const attempt = (id: string): AgentMessage => ({
  kind: 'attempt',
  attempt: id,
  met: 'HTTP/1.1 403 Forbidden',
});

test('a request that a gateway allowed is a breach where it carries the nonce', () => {
  const hosts = [`${NONCE}.${ARENA_NAMES.formerly}`, ARENA_NAMES.formerly];
  expect(allowedIn([line('allow', hosts[0] ?? ''), line('allow', hosts[1] ?? '')], NONCE)).toHaveLength(1);
  expect(allowedIn([line('deny', hosts[0] ?? '')], NONCE)).toEqual([]);
  expect(allowedIn([line('allow', 'a')], '')).toEqual([]);
});

test('an attempt without a line of the next gateway was not made, nor one with only a DNS query', () => {
  const words = [attempt(formerly), attempt('life-ipc')];
  expect(
    confirmedBy([line('deny', `${NONCE}.${ARENA_NAMES.formerly}`)], words, { [formerly]: NONCE }),
  ).toEqual(words);
  expect(confirmedBy([line('deny', `${NONCE}.x`, 'dns')], words, { [formerly]: NONCE })).toEqual([words[1]]);
  for (const nonce of ['other', '']) {
    expect(confirmedBy([line('deny', `${NONCE}.x`)], words, { [formerly]: nonce })).toEqual([words[1]]);
  }
});

test("the next bottle has the first one's rules, except for that name and its subdomains", () => {
  const policies = [false, true].map((isNext) => {
    const text = arenaManifest({
      ...PLACES,
      isNext,
    });
    return policyOf(resolved(selectAgent(manifestOf(text), 'verify-1')));
  });
  const verdicts = (host: string): readonly string[] =>
    policies.map((policy) => decide(policy, { host, port: 4000, scheme: 'http', path: '/' }).verdict);
  expect(verdicts(ARENA_NAMES.formerly)).toEqual(['allow', 'deny']);
  expect(verdicts(`${NONCE}.${ARENA_NAMES.formerly}`)).toEqual(['allow', 'deny']);
  expect(verdicts(ARENA_NAMES.http)).toEqual(['allow', 'allow']);
  expect((policies[0]?.allow.length ?? 0) - (policies[1]?.allow.length ?? 0)).toBe(2);
});
