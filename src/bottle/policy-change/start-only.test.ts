import { expect, test } from 'vitest';
import type { ResolvedEgress } from '../../manifest/resolve.ts';
import { changedSinceStart, NOTHING_SAID, startOnlyOf } from './start-only.ts';

const EGRESS: ResolvedEgress = {
  allow: [],
  deny: [],
  canary: true,
  protect: ['.env', '/home/me/.ssh/**'],
  secretRules: [],
  maxBytes: 1024 ** 2,
  maxRequests: undefined,
  maxTokens: 5,
};
const SAID = startOnlyOf({ egress: EGRESS });

test('the same settings in another order are no change', () => {
  const turned = startOnlyOf({ egress: { ...EGRESS, protect: EGRESS.protect.toReversed() } });
  expect(changedSinceStart(SAID, turned)).toEqual([]);
});

test("no settings equal an empty bottle's", () => {
  const silent = { protect: [], maxBytes: undefined, maxTokens: undefined };
  expect(startOnlyOf({ egress: { ...EGRESS, ...silent } })).toEqual(NOTHING_SAID);
});

test.each<[Partial<ResolvedEgress>, string]>([
  [{ maxBytes: 2048 }, 'egress.max_bytes would be 2k, and is 1m from the start on'],
  [{ maxBytes: undefined }, 'egress.max_bytes would be without limit, and is 1m from the start on'],
  [{ maxRequests: 9 }, 'egress.max_requests would be 9, and is without limit from the start on'],
  [{ maxTokens: 6 }, 'egress.max_tokens would be 6, and is 5 from the start on'],
  [{ canary: false }, 'egress.canary would be false, and is true from the start on'],
  [{ protect: [] }, 'egress.protect would be empty, and is .env, /home/me/.ssh/** from the start on'],
  [{ secretRules: ['/x.toml'] }, 'egress.secret_rules would be /x.toml, and is empty from the start on'],
])('%j is a change, stricter or not', (more, words) => {
  expect(changedSinceStart(SAID, startOnlyOf({ egress: { ...EGRESS, ...more } }))).toEqual([words]);
});
