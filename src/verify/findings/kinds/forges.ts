import type { Kind } from '../finding.ts';
import { firstReached, foundAt, liveRules, shown } from '../reach.ts';
import { FORGE_READS, FORGE_WRITES, RECEIVES_PUSH } from '../tables/forges.ts';

/** Forges, which host everybody's repositories under one name. */

const REMEDY = '- { github: you/your-repository } (push: true where it may push), or paths: with the owner';

const WRITES: Kind = {
  id: 'forge-any-owner',
  claim: 'It pushes the project to the attacker’s repository, or writes it into an issue there.',
  severities: { high: 'the host is the same for every owner, and a push carries anything' },
  source: 'MITRE ATT&CK T1567.001; the GitHub MCP data leak, Invariant Labs, May 2025',
  find: (subject) =>
    firstReached(subject, FORGE_WRITES).map(({ rule, attack }) =>
      foundAt(subject, rule, { severity: 'high', evidence: `lets out ${shown(attack)}`, remedy: REMEDY }),
    ),
};

/**
 * Excludes rules for one repository. A forge also serves a fork's commits under that name, but every rule that reads
 * the repository allows that.
 */
const READS: Kind = {
  id: 'forge-reads-any-owner',
  claim: 'It fetches its tools and its next orders from the attacker’s repository.',
  severities: { low: 'incoming data alone leaks nothing' },
  source: 'MITRE ATT&CK T1102.001, dead drop resolver',
  find: (subject) =>
    firstReached(subject, FORGE_READS).map(({ rule, attack }) =>
      foundAt(subject, rule, {
        severity: 'low',
        evidence: `lets out ${shown(attack)}`,
        remedy: `${REMEDY}; what forks of it hold is served under its name still`,
      }),
    ),
};

const pushGlobs = (paths: readonly string[] | undefined): readonly string[] =>
  (paths ?? []).filter((path) => RECEIVES_PUSH.test(path));

const OWNER: Kind = {
  id: 'forge-all-of-an-owner',
  claim: 'It pushes into another repository of the same owner, and its code runs where that one is built.',
  severities: { medium: 'every repository of the owner is more than the work in one needs' },
  source: 'push policies by repository: MITRE ATT&CK T1195.002',
  find: (subject) =>
    liveRules(subject)
      .filter((rule) => isPost(rule) && pushGlobs(rule.paths).some((path) => /^\/[^/*]+\/\*/.test(path)))
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'medium',
          evidence: `allows a push to ${pushGlobs(rule.paths).join(', ')}`,
          remedy: '- { github: owner/the-one-repository, push: true }',
        }),
      ),
};

const PUSH: Kind = {
  id: 'forge-push-any-branch',
  claim: 'It pushes to the main branch, by force if need be, or changes what the forge’s CI runs.',
  severities: { low: 'the rule was given for pushing; which branch, only the forge can say' },
  source: 'push policies of agents: main, `+ref`, delete, tags; protected branches: docs.github.com',
  find: (subject) =>
    liveRules(subject)
      .filter((rule) => isPost(rule) && pushGlobs(rule.paths).length > 0)
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'low',
          evidence: `allows a push, to any branch, to ${pushGlobs(rule.paths).join(', ')}`,
          remedy:
            'protect the branches at the forge; or leave push: true out, and push yourself what `apply` brings back',
        }),
      ),
};

const isPost = ({ methods }: { readonly methods?: readonly string[] }): boolean =>
  methods?.includes('POST') !== false;

export const FORGE_KINDS: readonly Kind[] = [WRITES, READS, OWNER, PUSH];
