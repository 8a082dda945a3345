import type { Found, Kind, Severity, Subject } from '../finding.ts';
import {
  ATTACKER,
  firstReached,
  foundAt,
  liveRules,
  ruleLine,
  rulesReached,
  rulesReachedAt,
  sameRule,
  shown,
} from '../reach.ts';
import { dropsOf, type DropKind } from '../tables/drops.ts';
import { SHARED_SUFFIXES } from '../tables/suffixes.ts';

/** Hosts at which other people than the host's owner can read what is sent. */

interface DropWords {
  readonly id: string;
  readonly drop: DropKind;
  readonly claim: string;
  readonly severity: Severity;
  readonly why: string;
  readonly source: string;
}

const DROPS: readonly DropWords[] = [
  {
    id: 'paste-host',
    drop: 'paste',
    claim: 'It posts its loot to a public paste, gist or snippet, where the attacker reads it.',
    severity: 'high',
    why: 'the host takes text of anybody and shows it to anybody',
    source: 'MITRE ATT&CK T1567.003',
  },
  {
    id: 'upload-host',
    drop: 'upload',
    claim:
      'It uploads the project into the attacker’s account or bucket, at a host where anybody can have one.',
    severity: 'high',
    why: 'the host stores files of any size for anybody',
    source: 'MITRE ATT&CK T1567.002; storage as a command channel: Sonrai on AgentCore',
  },
  {
    id: 'webhook-host',
    drop: 'webhook',
    claim: 'It sends its loot to the attacker’s webhook or bot.',
    severity: 'high',
    why: 'anybody can make such an address in a minute, and it delivers every message',
    source: 'MITRE ATT&CK T1567.004',
  },
  {
    id: 'request-bin',
    drop: 'requestBin',
    claim: 'It puts its loot into a URL of a host that shows or echoes every request.',
    severity: 'high',
    why: 'even a GET is enough, and the host is there for nothing else',
    source: 'MITRE ATT&CK T1567.004; webhook.site in the default list of Antigravity, 2025',
  },
  {
    id: 'telemetry-host',
    drop: 'telemetry',
    claim: 'It reports events that carry its loot, with the key of the attacker’s project.',
    severity: 'medium',
    why: 'the host tells customers apart by a key in the request alone; an event is small',
    source: 'MITRE ATT&CK T1567',
  },
  {
    id: 'resolver-host',
    drop: 'resolver',
    claim: 'It asks an open resolver, over https, for names in the attacker’s domain that carry the loot.',
    severity: 'high',
    why: 'each query reaches the name’s owner',
    source: 'MITRE ATT&CK T1071.004; RFC 8484',
  },
  {
    id: 'relay-host',
    drop: 'relay',
    claim: 'It has a host that fetches any URL fetch the attacker’s, with the loot in it.',
    severity: 'high',
    why: 'an allowed host that goes anywhere allows everything',
    source: 'MITRE ATT&CK T1090.002',
  },
];

const dropKind = ({ id, drop, claim, severity, why, source }: DropWords): Kind => ({
  id,
  claim,
  severities: { [severity]: why },
  source,
  find: (subject) =>
    firstReached(subject, dropsOf(drop)).map(({ rule, attack }) =>
      foundAt(subject, rule, {
        severity,
        evidence: `lets out ${shown(attack)}`,
        remedy:
          rule.host === attack.host
            ? 'leave the rule out, or limit it by paths: to what is yours'
            : `under egress.deny: ${ruleLine(attack.host, [])}`,
      }),
    ),
});

const SHARED: Kind = {
  id: 'wildcard-shared',
  claim: 'It opens an account under a name that the wildcard covers, and sends everything there.',
  severities: { high: 'anybody gets a name under it, so the wildcard allows everybody' },
  source:
    'a blob storage wildcard in the balanced preset of a vendor’s sandbox; each name’s own documentation',
  find: (subject) => {
    const found = SHARED_SUFFIXES.flatMap(({ suffix, gives, source }) => {
      const attack = { host: `${ATTACKER}.${suffix}`, path: '/' };
      const rules = [
        ...rulesReached(subject, { ...attack, method: 'GET' }),
        ...rulesReached(subject, { ...attack, method: 'POST' }),
      ];
      return [...new Set(rules)].map((rule) => ({ rule, suffix, gives, source }));
    });
    const perRule = [...new Map(found.toReversed().map((one) => [one.rule, one])).values()];
    return perRule.map(({ rule, suffix, gives, source }) =>
      foundAt(subject, rule, {
        severity: 'high',
        evidence: `covers ${ATTACKER}.${suffix}; anybody can have ${gives} there (${source})`,
        remedy: `name your own: ${ruleLine(`yours.${suffix}`, [])}`,
      }),
    );
  },
};

const READING: readonly string[] = ['GET', 'HEAD'];
/** With more labels than this, a wildcard covers the names of one service rather than of a company. */
const DEEP_LABELS = 4;

const WILDCARD: Kind = {
  id: 'wildcard',
  claim:
    'It finds the one host under the wildcard that is forgotten, taken over or takes uploads, and sends its loot there.',
  severities: {
    medium: 'all names of a domain, with methods that send',
    low: 'only reading, or only the names of one service: an address carries little',
  },
  source:
    'SOCKS name matching in Claude Code 2.0.24 to 2.1.89 (Guan); subdomain takeover: OWASP WSTG-CONF-10',
  find: (subject) =>
    liveRules(subject)
      .filter(({ host }) => host.startsWith('*.'))
      .map((rule) => {
        const onlyReads = rule.methods?.every((method) => READING.includes(method)) === true;
        const isDeep = rule.host.split('.').length > DEEP_LABELS;
        return foundAt(subject, rule, {
          severity: onlyReads || isDeep ? 'low' : 'medium',
          evidence: `allows every name under ${rule.host.slice(2)}${rule.methods === undefined ? '' : `, with ${rule.methods.join(', ')}`}`,
          remedy: `name the hosts: ${ruleLine(`api.${rule.host.slice(2)}`, ['methods: [GET, HEAD]'])}`,
        });
      }),
};

const OPEN_HOST: Kind = {
  id: 'open-host',
  claim: 'It sends its loot to any part of an allowed host that stores input: a form, an issue, a log.',
  severities: { info: 'whether the host has such a part is not known here' },
  source: 'docs/THREAT-MODEL.md, “Allowed hosts”',
  find: (subject) =>
    liveRules(subject)
      .filter(isOpen)
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'info',
          evidence: 'allows every method on every path',
          remedy: sameRule(rule, ['methods: [GET, HEAD]', 'paths: ["/what/you/need/**"]']),
        }),
      ),
};

/**
 * Returns whether a rule allows everything on one host with readable traffic, and no other kind reports it for the same
 * reason.
 */
const isOpen = ({
  host,
  scheme,
  methods,
  paths,
  inject,
  opensTls,
}: Subject['policy']['allow'][number]): boolean =>
  !host.startsWith('*.') &&
  inject === undefined &&
  methods === undefined &&
  paths === undefined &&
  (scheme === 'http' || (scheme === 'https' && opensTls === true));

const PUBLISH: Kind = {
  id: 'registry-publish',
  claim: 'It publishes a package with the loot in it, or a poisoned version of one of yours.',
  severities: {
    high: 'the gateway puts your identity in: it publishes as you',
    medium: 'it needs the attacker’s token, which it can bring along',
  },
  source:
    'MITRE ATT&CK T1567, T1195.002; the self-publishing npm worm Shai-Hulud, CISA alert of September 2025',
  find: (subject) => {
    const found = subject.host.registries.flatMap(({ client, host, port, scheme }) =>
      (['PUT', 'POST'] as const).flatMap((method) =>
        rulesReachedAt(subject, { host, method, path: `/${ATTACKER}` }, { port, scheme }).map((rule) => ({
          rule,
          method,
          client,
        })),
      ),
    );
    const perRule = [...new Map(found.toReversed().map((one) => [one.rule, one])).values()];
    return perRule.map(({ rule, method, client }): Found =>
      foundAt(subject, rule, {
        severity: rule.inject === undefined ? 'medium' : 'high',
        evidence: `lets ${method} through to where ${client} downloads from`,
        remedy: `- { preset: ${client} }`,
      }),
    );
  },
};

const LITERAL: Kind = {
  id: 'address-as-host',
  claim: 'It waits until the address belongs to somebody else, or rents it.',
  severities: {
    low: 'addresses of cloud providers change hands; a name would be looked up, and its certificate checked',
  },
  source: 'stale addresses in allow-lists: openai/codex issue 18674',
  find: (subject) =>
    liveRules(subject)
      .filter(
        ({ host, addresses }) => addresses === undefined && (host.includes(':') || /^[\d.]+$/.test(host)),
      )
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'low',
          evidence: `allows the address ${rule.host}, whoever owns it later`,
          remedy: 'write the name: - { host: api.example.org }',
        }),
      ),
};

const LOOK_ALIKE: Kind = {
  id: 'look-alike-name',
  claim: 'It relies on a name that looks like another one, and that a reader of the manifest took for that.',
  severities: { info: 'many such names are what they seem' },
  source: 'Unicode Technical Standard 39, confusables',
  find: (subject) =>
    liveRules(subject)
      .filter(({ host }) => host.split('.').some((label) => label.startsWith('xn--')))
      .map((rule) =>
        foundAt(subject, rule, {
          severity: 'info',
          evidence: `allows ${rule.host}, which is shown in another script elsewhere`,
          remedy: 'compare it with the address that you mean, letter by letter',
        }),
      ),
};

export const HOST_KINDS: readonly Kind[] = [
  ...DROPS.map(dropKind),
  SHARED,
  WILDCARD,
  PUBLISH,
  LITERAL,
  OPEN_HOST,
  LOOK_ALIKE,
];
