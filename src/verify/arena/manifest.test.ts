import { expect, test } from 'vitest';
import { manifestOf } from '../../../test/support/manifest.ts';
import { policyOf } from '../../bottle/policy.ts';
import { decide } from '../../gateway/policy/decide.ts';
import { selectAgent } from '../../manifest/draft.ts';
import { resolved } from '../takeover/named.testing.ts';
import { arenaManifest } from './manifest.ts';

test.each(['this-host', 'localhost'])('the own name is allowed, without an address: %s', (ownName) => {
  const text = arenaManifest({
    agent: 'verify-1',
    ports: [4000],
    lenderPorts: [],
    address: '192.0.2.1',
    ownName,
    presets: [],
  });
  const policy = policyOf(resolved(selectAgent(manifestOf(text), 'verify-1')));
  const decision = decide(policy, { host: ownName, port: 4000, scheme: 'http', path: '/' });
  expect([decision.verdict, decision.grant?.addresses]).toEqual(['allow', undefined]);
});
