import type { Rule } from '../../../gateway/config.ts';
import type { Kind, Subject } from '../finding.ts';
import { foundAt, liveRules, ruleLine, rulesReached, sameRule } from '../reach.ts';
import { MODEL_HOSTS, type ModelHost } from '../tables/models.ts';

/** Identities that the gateway adds, and hosts that would accept another one. */

interface ModelReached {
  readonly model: ModelHost;
  readonly rule: Rule;
}

function modelsReached(subject: Subject, what: 'ask' | 'store'): readonly ModelReached[] {
  return MODEL_HOSTS.flatMap((model) => {
    const [method = '', path = ''] = model[what]?.split(' ') ?? [];
    if (path === '') return [];
    return rulesReached(subject, { host: model.host, method, path }).map((rule) => ({ model, rule }));
  });
}

const OWN_KEY: Kind = {
  id: 'model-own-key',
  claim: 'It brings the attacker’s key for the model’s API, and the attacker’s account keeps every prompt.',
  severities: { medium: 'the host accepts any key, and the key’s owner reads the logs' },
  source: 'PromptArmor on Claude Cowork, January 2026; Rehberger on Claude Code, October 2025',
  find: (subject) =>
    modelsReached(subject, 'ask')
      .filter(({ rule }) => rule.inject === undefined)
      .map(({ model, rule }) =>
        foundAt(subject, rule, {
          severity: 'medium',
          evidence: `lets ${model.ask.replace(' ', ` ${model.host}`)} out with whatever key the agent sends`,
          remedy:
            rule.host === model.host
              ? sameRule(rule, [`inject: ${model.identity}`])
              : ruleLine(model.host, [`inject: ${model.identity}`]),
        }),
      ),
};

const STORES: Kind = {
  id: 'model-files',
  claim: 'It uploads the project to the files of the model’s API, and its owner downloads it there.',
  severities: {
    high: 'with a key of the attacker’s own the files are in the attacker’s account',
    low: 'the gateway inserts your key: the files are in your account, where nobody looks for them',
  },
  source: 'PromptArmor on Claude Cowork, January 2026; Rehberger on Claude Code, October 2025',
  find: (subject) =>
    modelsReached(subject, 'store').map(({ model, rule }) =>
      foundAt(subject, rule, {
        severity: rule.inject === undefined ? 'high' : 'low',
        evidence: `lets ${model.store?.replace(' ', ` ${model.host}`)} out`,
        remedy: ruleLine(model.host, [`paths: ["${model.ask.split(' ')[1]}"]`, `inject: ${model.identity}`]),
      }),
    ),
};

const withIdentity = (subject: Subject): readonly Rule[] =>
  liveRules(subject).filter(({ inject }) => inject !== undefined);

const WIDE: Kind = {
  id: 'identity-for-any-request',
  claim: 'It does with your identity whatever the host lets it do: deletes, invites, makes new keys.',
  severities: {
    medium: 'neither methods nor paths narrow what the identity is good for',
    low: 'only one of methods and paths narrows it',
  },
  source: 'MITRE ATT&CK T1098; CWE-441 (confused deputy)',
  find: (subject) =>
    withIdentity(subject)
      .filter(({ methods, paths }) => methods === undefined || paths === undefined)
      .map((rule) => {
        const missing = [
          rule.methods === undefined ? 'methods' : '',
          rule.paths === undefined ? 'paths' : '',
        ].filter((key) => key !== '');
        return foundAt(subject, rule, {
          severity: missing.length === 2 ? 'medium' : 'low',
          evidence: `puts an identity in, and has no ${missing.join(' and no ')}`,
          remedy: `add to it: ${missing.map((key) => (key === 'methods' ? 'methods: [GET, POST]' : 'paths: ["/v1/what-you-need/**"]')).join(', ')}`,
        });
      }),
};

const UNMETERED: Kind = {
  id: 'identity-without-budget',
  claim: 'It spends your account: it asks without end, or downloads all that the identity can see.',
  severities: { low: 'it costs you money, not your secrets; the host may have its own limits' },
  source: 'OWASP LLM10:2025, unbounded consumption',
  find: (subject) => {
    const { maxBytes, maxTokens, maxRequests } = subject.agent.egress;
    if ([maxBytes, maxTokens, maxRequests].some((limit) => limit !== undefined)) return [];
    return withIdentity(subject)
      .filter(({ budget }) => budget === undefined)
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'low',
          evidence: 'puts an identity in; neither the rule nor the bottle has a limit',
          remedy: 'max_bytes: 500m in the rule, or max_tokens: and max_requests: under egress',
        }),
      );
  },
};

const TWO: Kind = {
  id: 'two-identities-of-a-host',
  claim: 'It chooses by the path who it is, and carries from one account to the other.',
  severities: {
    low: 'the rules keep their requests apart; what a host does with one path, the other may show',
  },
  source: 'placeholders that expand for another host: OpenShell issue 2353',
  find: (subject) => {
    const rules = withIdentity(subject);
    return rules.flatMap((rule, index) => {
      const other = rules
        .slice(0, index)
        .find(({ host, inject }) => host === rule.host && inject?.secret !== rule.inject?.secret);
      if (other === undefined) return [];
      const found = {
        severity: 'low' as const,
        evidence: `puts another identity in than ${other.id} does for the same host`,
        remedy: 'a bottle for each of the two',
      };
      return [foundAt(subject, rule, found)];
    });
  },
};

const IN_QUERY: Kind = {
  id: 'identity-in-address',
  claim: 'It makes the host show the address that it was asked for, and reads your key in the answer.',
  severities: { low: 'servers log and echo addresses, redirects repeat them' },
  source: 'a key that the answer gives back: boxlite issue 1500; CWE-598',
  find: (subject) =>
    withIdentity(subject)
      .filter(({ inject }) => inject?.slot.kind === 'query')
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'low',
          evidence: 'puts the identity into the query of the address',
          remedy: 'bearer: true, or header:, if the host takes one; else paths: without what echoes',
        }),
      ),
};

export const IDENTITY_KINDS: readonly Kind[] = [OWN_KEY, STORES, WIDE, UNMETERED, TWO, IN_QUERY];
