import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditLog } from './audit/log.ts';
import type { Rule } from './config.ts';
import type { Asked, Gate, Passage } from './gate.ts';
import { gateBy } from './gate.testing.ts';
import { createLivePolicy } from './live-policy.ts';

const RULE = {
  id: 'allow[0]',
  host: 'allowed.example',
  port: 443,
  scheme: 'https',
  addresses: ['192.0.2.1'],
} as const;
const ASKED: Asked = {
  via: 'connect',
  host: 'allowed.example',
  port: 443,
  scheme: 'https',
  method: 'CONNECT',
  path: '',
};

function openGate(isOpen = () => true) {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-gate-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  const policy = createLivePolicy({ allow: [RULE], deny: [] });
  const gate = gateBy(policy, audit, { isOpen });
  const close = (): void => {
    audit.close();
    rmSync(folder, { recursive: true });
  };
  return { gate, policy, path, close };
}

test('nothing passes before the launch checks have held, and that is in the log', async () => {
  let isOpen = false;
  const { gate, path, close } = openGate(() => isOpen);
  expect(await gate.judge(ASKED)).toMatchObject({ verdict: 'deny', rule: 'gateway.closed' });
  expect(readFileSync(path, 'utf8')).toContain('"rule":"gateway.closed"');
  isOpen = true;
  expect(await gate.judge(ASKED)).toMatchObject({ verdict: 'allow', rule: RULE.id });
  close();
});

async function passageOf(gate: Gate, asked: Asked): Promise<Passage> {
  const judged = await gate.judge(asked);
  const passage = judged.verdict === 'allow' ? await gate.open(judged) : judged;
  if (passage.verdict === 'deny') throw new Error(passage.reason);
  return passage;
}

const LENDING: Rule = {
  ...RULE,
  id: 'lend',
  paths: ['/v1/**'],
  opensTls: true,
  inject: { secret: 'k', slot: { kind: 'bearer' } },
};

test.each([
  ['by its name', LENDING],
  ['as one of many', { ...LENDING, host: '*.example' }],
])(
  'a host that was lent an identity %s counts as lent when no rule lends it any more',
  async (_, lending) => {
    const { gate, policy, close } = openGate();
    expect(await passageOf(gate, ASKED)).toMatchObject({ isLent: false });
    for (const allow of [[lending, RULE], [{ ...RULE, id: 'plain' }], [RULE]])
      policy.change({ allow, deny: [] });
    expect(await passageOf(gate, ASKED)).toMatchObject({ isLent: true });
    const other = { ...RULE, host: 'other.test' };
    policy.change({ allow: [other], deny: [] });
    expect(await passageOf(gate, { ...ASKED, host: other.host })).toMatchObject({ isLent: false });
    close();
  },
);

test('what stands unscrubbed to a host that is lent an identity from then on is broken off, and comes again', async () => {
  const { gate, policy, close } = openGate();
  const elsewhere = { ...RULE, id: 'elsewhere', host: 'other.test' };
  policy.change({ allow: [RULE, elsewhere], deny: [] });
  const told: string[] = [];
  const stand = async (asked: Asked): Promise<Passage> => {
    const passage = await passageOf(gate, asked);
    passage.stand.whenRevoked((reason) => told.push(reason));
    return passage;
  };
  const request = { ...ASKED, method: 'GET', path: '/events', isRequest: true };
  const before = await stand(request);
  const other = await stand({ ...request, host: elsewhere.host });
  expect(policy.change({ allow: [LENDING, RULE, elsewhere], deny: [] })).toBe(1);
  expect(told).toEqual([expect.stringMatching(/is lent an identity/)]);
  expect(before.stand.revoked()).toBe(told[0]);
  expect(other.stand.revoked()).toBeUndefined();
  expect(await stand(request)).toMatchObject({ isLent: true });
  // What is scrubbed stands, whether it is lent anything just now or not.
  expect(policy.change({ allow: [RULE, elsewhere], deny: [] })).toBe(0);
  expect(policy.change({ allow: [LENDING, RULE, elsewhere], deny: [] })).toBe(0);
  close();
});
