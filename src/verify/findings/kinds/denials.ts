import { coversHost } from '../../../gateway/policy/overlap.ts';
import type { Found, Kind, Subject } from '../finding.ts';
import { foundAt, ruleLine, rulesReached } from '../reach.ts';

/** Deny rules that do less than they seem to. A deny rule allows nothing, so these findings are only hints. */

const DENIED_NOTHING: Kind = {
  id: 'deny-without-effect',
  claim: 'Nothing: the rule keeps out what no rule lets in.',
  severities: { info: 'a host without a rule is refused anyway; perhaps you meant another host' },
  source: 'deny rules that were compared with another spelling of the name: nono issue 1676',
  find: (subject) =>
    deniesOf(subject, ({ id }) => {
      const parts = subject.policy.deny.filter((rule) => rule.id === id);
      const meets = parts.some((part) =>
        subject.policy.allow.some(
          (rule) => coversHost(part.host, rule.host) || coversHost(rule.host, part.host),
        ),
      );
      return meets
        ? undefined
        : { evidence: 'no rule of allow has this host', remedy: 'leave it out, or correct its host' };
    }),
};

const APEX: Kind = {
  id: 'deny-misses-the-name-itself',
  claim: 'It goes to the name itself: the wildcard of the deny rule is about those under it alone.',
  severities: { info: 'it may be meant so; a deny rule opens nothing' },
  source: 'docs/MANIFEST.md, `host`',
  find: (subject) =>
    deniesOf(subject, ({ host }) => {
      const apex = host.slice(2);
      const isAllowed =
        host.startsWith('*.') && rulesReached(subject, { host: apex, method: 'GET', path: '/' }).length > 0;
      return isAllowed
        ? { evidence: `${apex} itself is allowed`, remedy: `under egress.deny: ${ruleLine(apex, [])}` }
        : undefined;
    }),
};

type Judged = Pick<Found, 'evidence' | 'remedy'> | undefined;

/** Judges each deny rule once as written, even if it expands to several. */
function deniesOf(
  subject: Subject,
  judge: (rule: Subject['policy']['deny'][number]) => Judged,
): readonly Found[] {
  const written = new Map(subject.policy.deny.map((rule) => [rule.id, rule]));
  return [...written.values()].flatMap((rule) => {
    const judged = judge(rule);
    return judged === undefined ? [] : [foundAt(subject, rule, { severity: 'info', ...judged })];
  });
}

export const DENY_KINDS: readonly Kind[] = [DENIED_NOTHING, APEX];
