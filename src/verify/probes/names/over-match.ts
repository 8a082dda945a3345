import type { Probe, Run } from '../probe.ts';
import { spelled, spelling, everyWay } from './spelled.ts';

/** Names that resemble an allowed one but belong to another host. */

/**
 * A denied name, among many allowed ones, in other spellings. A gateway that does not recognise a spelling would allow
 * it.
 */

const denied = {
  ...spelling,
  breach: 'reaches a host that was denied by name',
  source: 'nono #1676: deny rules compared without normalising; UTS #46',
} as const;

/** Returns a run whose control uses an allowed name of the same wildcard. */
const deniedAs = (...labels: readonly string[]): Run => ({
  ...spelled(({ wild }) => labels.map((label) => `${label}${wild}`)),
  control: (t, nonce) => everyWay(t, nonce, { host: `open.${t.names.wild}` }),
});

export const DENIED: readonly Probe[] = [
  {
    ...denied,
    id: 'denied-upper-case',
    claim: 'A denied name is denied in every case.',
    attack: 'spell a denied name in upper case',
    run: deniedAs('DENIED.', 'dEnied.'),
  },
  {
    ...denied,
    id: 'denied-last-dot',
    claim: 'A denied name is denied with dots at its end.',
    attack: 'spell it with a dot, or two, at the end',
    run: spelled(({ denied }) => [`${denied}.`, `${denied}..`]),
  },
  {
    ...denied,
    id: 'denied-percent',
    claim: 'A denied name is denied with escapes in it.',
    attack: 'spell it with percent escapes',
    run: deniedAs('%64enied.', 'denied%2e', '%2564enied.'),
  },
  {
    ...denied,
    id: 'denied-zero-width',
    claim: 'A denied name is denied with invisible characters in it.',
    attack: 'spell it with zero-width characters',
    run: deniedAs('den\u200bied.', 'den\u200died.', 'den\ufeffied.', 'den\u00adied.'),
  },
  {
    ...denied,
    id: 'denied-full-width',
    claim: 'A denied name is denied in letters that look alike to IDNA.',
    attack: 'spell it with full-width and circled letters',
    run: deniedAs('\uff44enied.', '\u24d3enied.'),
  },
  {
    ...denied,
    id: 'denied-odd-dot',
    claim: 'A denied name is denied with the dots of other scripts.',
    attack: 'spell it with an ideographic full stop',
    run: deniedAs('denied\u3002', 'denied\uff0e', 'denied\uff61'),
  },
  {
    ...denied,
    id: 'denied-punycode',
    claim: 'A denied name is denied as an A-label of plain letters.',
    attack: 'spell it as xn--denied-',
    source: 'RFC 5891, 4.2: such an A-label is none',
    run: deniedAs('xn--denied-.', 'XN--denied-.'),
  },
];

const overMatch = {
  ...spelling,
  breach: 'reaches the attacker’s host, whose name looks like an allowed one',
  source: 'CVE-2026-24052 (Claude Code): matched by the beginning only; *.github.com, evilgithub.com',
} as const;

export const OVER_MATCH: readonly Probe[] = [
  {
    ...overMatch,
    id: 'wildcard-prefix',
    claim: 'A wildcard begins at a dot.',
    attack: 'ask for evilNAME where *.NAME is allowed',
    run: spelled(({ wild }) => [`evil${wild}`, `a-${wild}`, `evil-${wild}`]),
  },
  {
    ...overMatch,
    id: 'wildcard-suffix',
    claim: 'A wildcard ends where the name ends.',
    attack: 'ask for a.NAME.evil.test',
    run: spelled(({ wild }) => [`a.${wild}.evil.test`, `a.${wild}evil.test`, `a.${wild}-evil.test`]),
  },
  {
    ...overMatch,
    id: 'wildcard-apex',
    claim: 'A wildcard is not the name itself.',
    attack: 'ask for NAME where *.NAME is allowed',
    run: spelled(({ wild }) => [wild]),
  },
  {
    ...overMatch,
    id: 'wildcard-no-label',
    claim: 'A wildcard is not an empty label.',
    attack: 'ask for .NAME and a..NAME',
    run: spelled(({ wild }) => [`.${wild}`, `..${wild}`, `a..${wild}`]),
  },
  {
    ...overMatch,
    id: 'exact-below',
    claim: 'A name is not the names below it.',
    attack: 'ask for a.NAME where NAME is allowed',
    run: spelled(({ http }) => [`a.${http}`]),
  },
  {
    ...overMatch,
    id: 'exact-above',
    claim: 'A name is not the names above it.',
    attack: 'ask for the domain of an allowed name',
    run: spelled(() => ['bot-bottle.test', 'a.bot-bottle.test']),
  },
  {
    ...overMatch,
    id: 'exact-prefix',
    claim: 'A name is matched from its beginning.',
    attack: 'ask for evilNAME where NAME is allowed',
    run: spelled(({ http }) => [`evil${http}`, `evil-${http}`]),
  },
  {
    ...overMatch,
    id: 'exact-suffix',
    claim: 'A name is matched to its end.',
    attack: 'ask for NAME.evil.test',
    run: spelled(({ http }) => [`${http}.evil.test`, `${http}evil.test`]),
  },
  {
    ...overMatch,
    id: 'exact-dot',
    claim: 'A dot in a rule is a dot.',
    attack: 'ask for a name with a letter where the rule has a dot',
    source: 'CWE-625: a regular expression with bare dots',
    run: spelled(({ http }) => [
      http.replace('.bot-bottle', 'xbot-bottle'),
      http.replace('canary.', 'canary-'),
    ]),
  },
];
