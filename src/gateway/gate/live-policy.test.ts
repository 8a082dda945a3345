import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import type { Policy, Rule } from '../config.ts';
import type { Asked, Judged } from './gate.ts';
import { createLivePolicy } from './live-policy.ts';
import { treatAlike } from '../policy/alike.ts';
import { decide } from '../policy/decide.ts';

/** Few hosts, ports and paths, so that rules and requests often meet. */
const host = fc.constantFrom('a.example', 'b.example', '*.example');
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const methods = some(fc.subarray(['GET', 'POST'], { minLength: 1 }));
const paths = some(fc.subarray(['/one', '/two/**'], { minLength: 1 }));
const rule = fc
  .record({
    id: fc.constantFrom('r0', 'r1', 'r2'),
    host,
    port: fc.constantFrom(443, 8443),
    scheme: fc.constantFrom('https', 'tcp'),
    methods,
    paths,
    opensTls: some(fc.constant(true)),
    websocket: some(fc.constant(true)),
    dlp: some(fc.constantFrom('block', 'warn')),
    addresses: some(fc.constant(['192.0.2.1'])),
  })
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)))
  .map((parts) => parts as unknown as Rule);
const policy: fc.Arbitrary<Policy> = fc.record({
  allow: fc.array(rule, { maxLength: 4 }),
  deny: fc.array(rule, { maxLength: 1 }),
});
const asked: fc.Arbitrary<Asked> = fc.record({
  via: fc.constant('connect' as const),
  host: fc.constantFrom('a.example', 'b.example'),
  port: fc.constantFrom(443, 8443),
  scheme: fc.constantFrom('https' as const, 'tcp' as const),
  method: fc.constantFrom('GET', 'POST', undefined),
  path: fc.constantFrom('/one', '/two/x', '/three'),
  isWebSocket: fc.boolean(),
});

const requestOf = (one: Asked) => ({
  host: one.host,
  port: one.port,
  scheme: one.scheme ?? 'https',
  method: one.method,
  path: one.path ?? '',
  isWebSocket: one.isWebSocket === true,
});

function judgedBy(first: Policy, one: Asked): Judged | undefined {
  const { grant, rule: id } = decide(first, requestOf(one));
  if (grant === undefined) return undefined;
  const route = { kind: 'direct', addresses: ['192.0.2.1'] } as const;
  return { verdict: 'allow', asked: one, rule: id, grant, route, policy: first };
}

test('a new policy revokes what it denies, and keeps what it allows in the same way', () => {
  fc.assert(
    fc.property(policy, policy, fc.array(asked, { maxLength: 8 }), (first, second, all) => {
      const live = createLivePolicy(first);
      const underWay = all.flatMap((one) => judgedBy(first, one) ?? []);
      const ended = new Set<Judged>();
      for (const judged of underWay) live.activate(judged).whenRevoked(() => ended.add(judged));
      const closed = live.change(second);
      expect(closed).toBe(ended.size);
      for (const judged of underWay) {
        const now = decide(second, requestOf(judged.asked)).grant;
        expect(ended.has(judged)).toBe(now === undefined || !treatAlike(now, judged.grant));
        // This includes what was only judged by then, and would pass from now on.
        expect(live.whyNotNow(judged) !== undefined).toBe(ended.has(judged));
      }
    }),
    { numRuns: runs(300) },
  );
});

const RULE: Rule = { id: 'r', host: 'a.example', port: 443, scheme: 'https' };
const ASKED: Asked = {
  via: 'tls',
  host: 'a.example',
  port: 443,
  scheme: 'https',
  method: '',
  path: '',
};

test('a finished passage is not revoked, and one that is let out too late is revoked at once', () => {
  const live = createLivePolicy({ allow: [RULE], deny: [] });
  const judged = judgedBy(live.current(), ASKED);
  if (judged === undefined) throw new Error('it is allowed');
  const [over, silent] = [live.activate(judged), live.activate(judged)];
  over.leave();
  over.leave();
  expect(live.change({ allow: [], deny: [] })).toBe(1);
  expect(over.revoked()).toMatch(/policy of this bottle changed/);
  const told: string[] = [];
  silent.whenRevoked((reason) => told.push(reason));
  expect(told).toHaveLength(1);
});

test('a connection whose requests are judged one by one ends when none could be allowed', () => {
  const live = createLivePolicy({ allow: [RULE], deny: [] });
  const ended: string[] = [];
  const early = { ...ASKED, scheme: undefined };
  live.attend(early, () => ended.push('first'));
  live.attend(early, () => ended.push('left'))();
  expect(live.change({ allow: [{ ...RULE, id: 'other', paths: ['/x'] }], deny: [] })).toBe(0);
  expect(live.change({ allow: [], deny: [] })).toBe(1);
  live.attend(early, () => ended.push('late'));
  expect(ended).toEqual(['first', 'late']);
});

test('a closed policy allows nothing, ends everything, and no change opens it again', async () => {
  const live = createLivePolicy({ allow: [{ ...RULE, scheme: 'tcp' }], deny: [] });
  const tunnel = { ...ASKED, scheme: 'tcp' } as const;
  const judged = judgedBy(live.current(), tunnel);
  if (judged === undefined) throw new Error('it is allowed');
  const ended: string[] = [];
  live.activate(judged).whenRevoked((reason) => ended.push(reason));
  live.attend({ ...ASKED, scheme: undefined }, () => ended.push('connection'));
  expect(live.allowsRaw(tunnel)).toBe(true);
  live.close({ rule: 'gateway.guessing', reason: 'WHY' });
  live.change({ allow: [{ ...RULE, scheme: 'tcp' }], deny: [] });
  await turn();
  expect(ended).toEqual(['WHY', 'connection']);
  const denied = { verdict: 'deny', rule: 'gateway.guessing', reason: 'WHY' };
  // The same applies to the name in a DNS question.
  expect([live.decide(tunnel), live.decideEarly({ host: RULE.host })]).toEqual([denied, denied]);
  expect([live.allowsRaw(tunnel), live.whyNotNow(judged)]).toEqual([false, 'WHY']);
});

test.each<[string, Partial<Rule>, boolean]>([
  ['another id', { id: 'other' }, true],
  ['more methods', { methods: ['GET'] }, true],
  ['other addresses', { addresses: ['192.0.2.1'] }, false],
  ['another look at what leaves', { dlp: 'warn' }, false],
  ['an identity', { inject: { secret: 's', slot: { kind: 'bearer' } } }, false],
])('a rule with another %s is treated alike: %s', (_, more, alike) => {
  expect(treatAlike(RULE, { ...RULE, ...more })).toBe(alike);
});
