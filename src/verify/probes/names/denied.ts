import type { Probe, Run } from '../probe.ts';
import { everyWay, spelled, spelling } from './spelled.ts';

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
