import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditLog } from '../audit/log.ts';
import type { AuditLine, BudgetLimits, Rule } from '../config.ts';
import type { Asked, Gate, Judged, Passage } from './gate.ts';
import { gateBy } from './gate.testing.ts';
import { createLivePolicy } from './live-policy.ts';
import type { Found } from '../outward/lookup.ts';

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

function openGate(isOpen = () => true, limits: BudgetLimits = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-gate-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  const policy = createLivePolicy({ allow: [RULE], deny: [] });
  const gate = gateBy(policy, audit, { isOpen, limits });
  const close = (): void => {
    audit.close();
    rmSync(folder, { recursive: true });
  };
  return { gate, policy, path, close };
}

test('the gate refuses everything before the launch checks have passed, and logs that', async () => {
  let isOpen = false;
  const { gate, path, close } = openGate(() => isOpen);
  expect(await gate.judge(ASKED)).toMatchObject({ verdict: 'deny', rule: 'gateway.closed' });
  expect(readFileSync(path, 'utf8')).toContain('"rule":"gateway.closed"');
  isOpen = true;
  expect(await gate.judge(ASKED)).toMatchObject({ verdict: 'allow', rule: RULE.id });
  close();
});

test('a refusal names the TLS of its request, whatever the reason', async () => {
  const { gate, path, close } = openGate();
  const asked = { ...ASKED, tls: 'TLSv1.3 h2' };
  await gate.judge({ ...asked, host: 'other.example' });
  gate.refuse(asked, 'gateway.body', 'too long');
  gate.block(asked, { rule: 'gateway.dlp', reason: 'a secret', findings: [] });
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as AuditLine).tls)).toEqual(Array(3).fill(asked.tls));
  close();
});

async function passageOf(gate: Gate, asked: Asked): Promise<Passage> {
  const judged = await gate.judge(asked);
  const passage = judged.verdict === 'allow' ? await gate.open(judged) : judged;
  if (passage.verdict === 'deny') throw new Error(passage.reason);
  return passage;
}

test('the gate limits concurrent requests; it logs the refused ones and does not count them', async () => {
  const { gate, path, close } = openGate(() => true, { maxRequests: 1_025 });
  const open = [];
  for (let number = 0; number < 1_024; number += 1) open.push(await passageOf(gate, ASKED));
  await expect(passageOf(gate, ASKED)).rejects.toThrow(
    '1024 requests and tunnels of this bottle are under way',
  );
  expect(readFileSync(path, 'utf8')).toContain('"verdict":"deny","rule":"gateway.busy"');
  open[7]?.end({ bytes: 0, reason: 'closed' });
  await passageOf(gate, ASKED);
  await expect(passageOf(gate, ASKED)).rejects.toThrow('max_requests of 1025');
  close();
});

test('a request that a new policy denies is refused under the rule name of that policy', async () => {
  const { gate, policy, close } = openGate();
  const judged = (await gate.judge({ ...ASKED, method: 'GET' })) as Judged;
  const narrowed = { ...RULE, id: 'allow[1]', methods: ['HEAD'], opensTls: true } as const;
  policy.change({ allow: [{ ...RULE, host: 'other.example' }, narrowed], deny: [] });
  expect(await gate.open(judged)).toMatchObject({ kind: 'policy', rule: 'allow[1]' });
  close();
});

test('a request that a new policy allows in another way is refused as undecided, and may be repeated', async () => {
  const { gate, policy, path, close } = openGate();
  const judged = (await gate.judge({ ...ASKED, method: 'GET' })) as Judged;
  policy.change({ allow: [{ ...RULE, opensTls: true, dlp: 'redact' }], deny: [] });
  expect(await gate.open(judged)).toMatchObject({ kind: 'changed', rule: 'gateway.changed' });
  expect(readFileSync(path, 'utf8')).toContain('ask again');
  close();
});

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

test('a passage without scrubbing is revoked when its host is lent an identity, and may be repeated', async () => {
  const { gate, policy, close } = openGate();
  const elsewhere = { ...RULE, id: 'elsewhere', host: 'other.test' };
  policy.change({ allow: [RULE, elsewhere], deny: [] });
  const told: string[] = [];
  const letOut = async (asked: Asked): Promise<Passage> => {
    const passage = await passageOf(gate, asked);
    passage.revocation.whenRevoked((reason) => told.push(reason));
    return passage;
  };
  const request = { ...ASKED, method: 'GET', path: '/events' };
  const before = await letOut(request);
  const other = await letOut({ ...request, host: elsewhere.host });
  expect(policy.change({ allow: [LENDING, RULE, elsewhere], deny: [] })).toBe(1);
  expect(told).toEqual([expect.stringMatching(/lends this host an identity/)]);
  expect(before.revocation.revoked()).toBe(told[0]);
  expect(other.revocation.revoked()).toBeUndefined();
  expect(await letOut(request)).toMatchObject({ isLent: true });
  // Scrubbing persists, whether a rule lends anything at the moment or not.
  expect(policy.change({ allow: [RULE, elsewhere], deny: [] })).toBe(0);
  expect(policy.change({ allow: [LENDING, RULE, elsewhere], deny: [] })).toBe(0);
  close();
});

/** A gate with a stand-in for the resolver that records its questions. */
function openGateLookingUp(
  allow: readonly Rule[],
  { limits = {}, learns = false, found = { addresses: ['192.0.2.1'] } }: LookingUp = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-gate-'));
  const path = join(folder, 'egress.jsonl');
  const audit = new AuditLog({ path, bottleId: 'b1' });
  const policy = createLivePolicy({ allow, deny: [] }, learns);
  const lookedUp: string[] = [];
  const lookup = async (host: string): Promise<Found> => {
    lookedUp.push(host);
    return await Promise.resolve(typeof found === 'function' ? found(policy) : found);
  };
  const gate = gateBy(policy, audit, { limits, lookup });
  const lines = (): AuditLine[] => {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as AuditLine);
  };
  const close = (): void => {
    audit.close();
    rmSync(folder, { recursive: true });
  };
  return { gate, lookedUp, lines, close };
}

interface LookingUp {
  readonly limits?: BudgetLimits;
  readonly learns?: boolean;
  readonly found?: Found | ((policy: ReturnType<typeof createLivePolicy>) => Found);
}

const WILD: Rule = { id: 'wild', host: '*.x.example', port: 443, scheme: 'https', opensTls: true };
/** As at a CONNECT or a ClientHello: the request itself is not known yet. */
const EARLY: Asked = { via: 'connect', host: '', port: 443, method: 'CONNECT', path: '' };
const REQUEST: Asked = { ...EARLY, scheme: 'https', method: 'GET', path: '/' };
const carrier = (piece: number): string => `piece-${piece}.x.example`;

test('the gate looks up a name under a wildcard only with a line in the log, and counts it', async () => {
  const { gate, lookedUp, lines, close } = openGateLookingUp([WILD], { limits: { maxRequests: 2 } });
  for (let piece = 0; piece < 100; piece += 1)
    expect(await gate.judge({ ...EARLY, host: carrier(piece) })).toMatchObject({ verdict: 'allow' });
  expect(lookedUp).toEqual([]);
  for (let piece = 0; piece < 10; piece += 1) {
    const judged = await gate.judge({ ...REQUEST, host: carrier(piece) });
    if (judged.verdict === 'allow') await gate.open(judged);
  }
  expect(lookedUp).toEqual([carrier(0), carrier(1)]);
  const shown = lines().map(({ host, rule }) => `${host} ${rule}`);
  expect(shown.slice(0, 3)).toEqual([
    `${carrier(0)} wild`,
    `${carrier(1)} wild`,
    `${carrier(2)} gateway.budget`,
  ]);
  close();
});

test.each([
  ['that leads nowhere', { kind: 'lookup', refused: 'does not resolve (ENOTFOUND)' }, 'wild'],
  ['that leads to a private address', { kind: 'address', refused: 'leads to 10.0.0.1 (private)' }, 'wild'],
  [
    'for which the policy changes meanwhile',
    (policy: ReturnType<typeof createLivePolicy>): Found => {
      policy.change({ allow: [], deny: [] });
      return { addresses: ['192.0.2.1'] };
    },
    'default',
  ],
] as const)('a name under a wildcard %s has its line too, and is counted', async (_, found, rule) => {
  const { gate, lookedUp, lines, close } = openGateLookingUp([WILD], { limits: { maxRequests: 1 }, found });
  const [first, second] = [
    await gate.judge({ ...REQUEST, host: carrier(1) }),
    await gate.judge({ ...REQUEST, host: carrier(2) }),
  ];
  for (const one of [first, second])
    expect(one.verdict === 'allow' && (await gate.open(one))).toMatchObject({ verdict: 'deny' });
  expect(lookedUp).toEqual([carrier(1)]);
  expect(lines()[0]).toMatchObject({ verdict: 'deny', rule, host: carrier(1) });
  close();
});

test('the gate looks up a name that only learning allows in the same way', async () => {
  const { gate, lookedUp, close } = openGateLookingUp([], { learns: true });
  const judged = await gate.judge({ ...EARLY, host: 'new.example' });
  expect({ judged, lookedUp }).toMatchObject({ judged: { verdict: 'allow', rule: 'learn' }, lookedUp: [] });
  close();
});

test('the gate looks up a name that a rule names in full at once, so that the client can read a refusal', async () => {
  const exact = { ...WILD, host: 'a.x.example', id: 'exact' };
  const { gate, lookedUp, close } = openGateLookingUp([WILD, exact], {
    found: { kind: 'address', refused: 'leads to 10.0.0.1 (private)' },
  });
  expect(await gate.judge({ ...EARLY, host: exact.host })).toMatchObject({ kind: 'address', rule: 'exact' });
  expect(lookedUp).toEqual([exact.host]);
  close();
});

test('a request counts as active exactly while the gate waits for its content', async () => {
  const { gate, path, policy, close } = openGate();
  const judged = (await gate.judge(ASKED)) as Judged;
  const leaving = Array.from({ length: 1_024 }, () => gate.wait(judged));
  expect(policy.isFull()).toBe(true);
  expect(gate.wait(judged)).toMatchObject({ verdict: 'deny', kind: 'busy', rule: 'gateway.busy' });
  await expect(passageOf(gate, ASKED)).rejects.toThrow('are under way');
  expect(readFileSync(path, 'utf8').match(/"verdict":"deny","rule":"gateway.busy"/g)).toHaveLength(2);
  for (const leave of leaving.slice(0, 1)) (leave as () => void)();
  await passageOf(gate, ASKED);
  expect(policy.isFull()).toBe(true);
  close();
});
