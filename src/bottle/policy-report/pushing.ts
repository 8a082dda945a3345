import type { Policy } from '../../gateway/config.ts';
import { decide, type Request } from '../../gateway/policy/decide.ts';
import { canonicalRule } from '../../gateway/policy/rules.ts';
import { repositoryEndpoints } from '../../manifest/github.ts';
import type { RuleInput } from '../../manifest/schema/rule-schema.ts';
import { repositoryFault } from '../../manifest/schema/text-faults.ts';
import type { KnownRules } from './known-rules.ts';
import type { SuggestedRule } from './suggested-rule.ts';

/** Recognises a push to a repository that the bottle may only read: a single well-known rule allows that. */

/** `{ github: owner/name, push: true }` if that would allow the request; otherwise undefined. Pure. */
export function pushingTo({ policy, written }: KnownRules, request: Request): SuggestedRule | undefined {
  for (const rule of written) {
    const repository = rule.push === true ? undefined : repositoryIn(rule, request);
    if (repository === undefined || !allowsPush(repository, policy, request)) continue;
    const reading = whatReads(repository, policy);
    // The manifest has changed since the gateway got its policy, so the intention is unclear.
    if (reading === undefined || (reading.inject !== undefined && rule.inject === undefined)) continue;
    const { inject, max_bytes: size } = rule;
    return {
      github: repository,
      push: true,
      ...(inject === undefined ? {} : { inject }),
      ...(size === undefined ? {} : { max_bytes: size }),
    };
  }
  return undefined;
}

/** The repository of the rule; for `owner/*`, the repository that the path names. */
function repositoryIn({ github }: RuleInput, { path = '' }: Request): string | undefined {
  if (github?.endsWith('/*') !== true) return github;
  const [, owner, name] = /^(?:\/repos)?\/([^/]+)\/([^/]+?)(?:\.git)?\//.exec(path) ?? [];
  const repository = `${owner ?? ''}/${name ?? ''}`;
  const isOfOwner = `${owner?.toLowerCase() ?? ''}/*` === github.toLowerCase();
  return isOfOwner && name !== '*' && repositoryFault(repository) === undefined ? repository : undefined;
}

function allowsPush(repository: string, { deny }: Policy, request: Request): boolean {
  const allow = repositoryEndpoints(repository, true).map((endpoint) =>
    canonicalRule(endpoint, { id: repository, list: 'allow' }),
  );
  return decide({ allow, deny }, request).verdict === 'allow';
}

/** The grant by which the gateway lets the bottle read the repository; undefined if there is none. */
function whatReads(repository: string, policy: Policy): ReturnType<typeof decide>['grant'] {
  const path = `/${repository}/info/refs`;
  return decide(policy, { host: 'github.com', port: 443, scheme: 'https', method: 'GET', path }).grant;
}
