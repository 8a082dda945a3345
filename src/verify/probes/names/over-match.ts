import type { Probe } from '../probe.ts';
import { spelled, spelling } from './spelled.ts';

/** Names that resemble an allowed one but belong to another host. */

const overMatch = {
  ...spelling,
  breach: 'reaches a host of its own whose name looks like an allowed one',
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
