import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditLog } from './audit/log.ts';
import { Budget } from './budget/budget.ts';
import { createGate, type Asked } from './gate.ts';
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

test('nothing passes before the launch checks have held, and that is in the log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-gate-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  let isOpen = false;
  const policy = createLivePolicy({ allow: [RULE], deny: [] });
  const lookup = async () => await Promise.reject(new Error('no name is looked up'));
  const gate = createGate({
    config: {},
    policy,
    audit,
    lookup,
    budget: new Budget({}),
    inspectHost: () => [],
    tell: () => [],
    isOpen: () => isOpen,
  });
  expect(await gate.judge(ASKED)).toMatchObject({ verdict: 'deny', rule: 'gateway.closed' });
  expect(readFileSync(path, 'utf8')).toContain('"rule":"gateway.closed"');
  isOpen = true;
  expect(await gate.judge(ASKED)).toMatchObject({ verdict: 'allow', rule: RULE.id });
  audit.close();
  rmSync(folder, { recursive: true });
});
