import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { SEVERITIES, type Finding, type Subject } from './finding.ts';
import { findingsOf } from './findings.ts';
import { subjectOf } from './subject.testing.ts';
import { runs } from '../../../test/support/runs.ts';

/** Tests that narrowing a manifest never adds a finding or makes one more severe. */

interface WrittenRule {
  readonly host: string;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly [key: string]: unknown;
}

const HOSTS = [
  'api.anthropic.com',
  'api.example.org',
  'api.github.com',
  'github.com',
  'hooks.slack.com',
  'packages.corp.example',
  'webhook.site',
];
const WILDCARDS = ['*.example.org', '*.slack.com', '*.sharepoint.com', '*.github.com'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT'];
const PATHS = ['/**', '/v1/**', '/v1/messages', '/acme/**', '/repos/acme/**', '/services/ours'];

const methods = fc.subarray(METHODS, { minLength: 1 });
const paths = fc.subarray(PATHS, { minLength: 1 });
/** Other settings of a rule; the first is empty. */
const extras = fc.constantFrom<object>(
  {},
  { dlp: 'off' },
  { dlp: 'warn' },
  { websocket: true },
  { addresses: ['10.1.2.3'] },
  { scheme: 'http' },
  { max_bytes: '1m' },
);

const limits = fc.record({ methods, paths }, { requiredKeys: [] });
const plainRule = fc
  .tuple(fc.constantFrom(...HOSTS, ...WILDCARDS), extras, limits)
  .map(([host, extra, limit]): WrittenRule => ({ host, ...extra, ...limit }));
const identityRule = fc
  .tuple(fc.constantFrom(...HOSTS), limits, fc.constantFrom('anthropic', 'github'))
  .map(([host, limit, inject]): WrittenRule => ({ host, ...limit, inject }));
const anyRule = fc.oneof(plainRule, identityRule);
const denyRule = fc
  .tuple(fc.constantFrom(...HOSTS, ...WILDCARDS, 'nobody.example'), limits)
  .map(([host, limit]): WrittenRule => ({ host, ...limit }));
const manifest = fc.record({
  allow: fc.array(anyRule, { minLength: 1, maxLength: 4 }),
  deny: fc.array(denyRule, { maxLength: 2 }),
});

type Written = { readonly allow: readonly WrittenRule[]; readonly deny: readonly WrittenRule[] };

/** Returns undefined for manifests that a start rejects, such as those with two identities for the same requests. */
function judged({ allow, deny }: Written): readonly Finding[] | undefined {
  const subject = (): Subject =>
    subjectOf({ bottle: { egress: { allow, ...(deny.length === 0 ? {} : { deny }) } } });
  try {
    return findingsOf(subject());
  } catch (error) {
    if (error instanceof BottleError) return undefined;
    throw error;
  }
}

const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
/** Returns the rule that a finding is about, as in `egress.allow[2] host: ...`, or else the kind. */
const subjectIn = ({ evidence, id }: Finding): string => /^egress\.\w+\[\d+\]/.exec(evidence)?.[0] ?? id;

/**
 * Returns the findings that are more severe than any that the same rule had before. Ignores hints about deny rules; a
 * manifest that a start rejects has no findings.
 */
function worseThan(
  before: readonly Finding[] | undefined,
  after: readonly Finding[] | undefined,
): readonly Finding[] {
  if (before === undefined || after === undefined) return [];
  return after
    .filter(({ severity }) => severity !== 'info')
    .filter((finding) => {
      const same = before.filter((one) => subjectIn(one) === subjectIn(finding));
      return rank(finding) < Math.min(...same.map(rank), SEVERITIES.length);
    });
}

test('another deny rule makes no finding worse', () => {
  fc.assert(
    fc.property(manifest, denyRule, (written, more) => {
      const before = judged(written);
      const after = judged({ ...written, deny: [...written.deny, more] });
      expect(worseThan(before, after)).toEqual([]);
    }),
    { numRuns: runs(150) },
  );
});

/** Returns a rule with fewer methods and paths: a subset of its own, or of all if it has none. */
function narrowed(rule: WrittenRule, wish: Pick<WrittenRule, 'methods' | 'paths'>): WrittenRule {
  const part = (has: readonly string[] | undefined, want: readonly string[] | undefined) => {
    if (want === undefined || has === undefined) return want ?? has;
    const both = want.filter((one) => has.includes(one));
    return both.length === 0 ? has : both;
  };
  const [methods, paths] = [part(rule.methods, wish.methods), part(rule.paths, wish.paths)];
  return {
    ...rule,
    ...(methods === undefined ? {} : { methods }),
    ...(paths === undefined ? {} : { paths }),
  };
}

test('fewer methods and paths make no finding worse', () => {
  fc.assert(
    fc.property(manifest, fc.array(limits, { minLength: 4, maxLength: 4 }), (written, wishes) => {
      const before = judged(written);
      const after = judged({
        ...written,
        allow: written.allow.map((rule, index) => narrowed(rule, wishes[index] ?? {})),
      });
      expect(worseThan(before, after)).toEqual([]);
    }),
    { numRuns: runs(150) },
  );
});

test('most of the drawn manifests are ones that a start would accept', () => {
  const count = runs(200);
  const taken = fc
    .sample(manifest, { numRuns: count, seed: 7 })
    .filter((written) => judged(written) !== undefined);
  expect(taken.length).toBeGreaterThan(count / 2);
});
