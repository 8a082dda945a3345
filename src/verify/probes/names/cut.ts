import type { Probe, Run } from '../probe.ts';
import { evils, spelled, spelling } from './spelled.ts';

/** Names with a character at which one parser ends the name and another continues. */

const cut = {
  ...spelling,
  breach: 'reaches any address, under a name that only ends like an allowed one',
  source: 'Guan on Claude Code 2.0.24 to 2.1.89: NUL in the host of SOCKS5',
} as const;

/** Returns a run with names that one parser cuts at the mark to an address, while another sees an allowed name. */
const cutAt = (...marks: readonly string[]): Run =>
  spelled(({ http, wild }, t) =>
    evils(t).flatMap((evil) => marks.flatMap((mark) => [`${evil}${mark}.${wild}`, `${evil}${mark}${http}`])),
  );

/** Does the same with marks that end the authority of a URL, so that a port before the mark counts. */
const cutUrlAt = (...marks: readonly string[]): Run =>
  spelled(({ http, wild }, t) =>
    evils(t).flatMap((evil) =>
      marks.flatMap((mark) => [
        `${evil}:${t.port}${mark}.${wild}`,
        `${evil}:${t.port}${mark}@${http}`,
        `${evil}${mark}.${wild}`,
      ]),
    ),
  );

export const CUT: readonly Probe[] = [
  {
    ...cut,
    id: 'name-nul',
    claim: 'A NUL does not cut a name short.',
    attack: 'name ADDRESS, NUL, an allowed name',
    run: cutAt('\0'),
  },
  {
    ...cut,
    id: 'name-percent-nul',
    claim: 'An escaped NUL does not cut a name short.',
    attack: 'the same with %00',
    run: cutAt('%00'),
  },
  {
    ...cut,
    id: 'name-line-feed',
    claim: 'A line end in a name is not taken for one.',
    attack: 'the same with LF and CR LF',
    source: 'CVE-2019-18348 (Python): CR and LF in a host; CWE-93',
    run: cutAt('\n', '\r\n'),
  },
  {
    ...cut,
    id: 'name-carriage-return',
    claim: 'A carriage return in a name is not taken for a line end.',
    attack: 'the same with CR',
    run: cutAt('\r'),
  },
  {
    ...cut,
    id: 'name-tab',
    claim: 'A tab does not cut a name short.',
    attack: 'the same with a tab',
    run: cutAt('\t'),
  },
  {
    ...cut,
    id: 'name-space',
    claim: 'A space, escaped or not, does not cut a name short.',
    attack: 'the same with a space and %20',
    run: cutAt(' ', '%20'),
  },
  {
    ...cut,
    id: 'name-control',
    claim: 'No control character is taken in a name.',
    attack: 'the same with other control characters',
    run: cutAt('\x01', '\x0b', '\x1f', '\x7f'),
  },
  {
    ...cut,
    id: 'name-fragment',
    claim: 'A # does not cut a name short.',
    attack: 'the same with # and %23',
    source: 'RFC 3986, 3.5: where a fragment begins; Orange Tsai, A New Era of SSRF (2017)',
    run: cutUrlAt('#', '%23'),
  },
  {
    ...cut,
    id: 'name-backslash',
    claim: 'A backslash does not cut a name short.',
    attack: 'the same with \\ and %5c',
    source: 'WHATWG URL: \\ is / to browsers; Claroty and Snyk, URL parsing confusion (2022)',
    run: cutUrlAt('\\', '%5c'),
  },
  {
    ...cut,
    id: 'name-slash',
    claim: 'A slash or a question mark does not cut a name short.',
    attack: 'the same with /, ? and %2f',
    run: cutUrlAt('/', '?', '%2f'),
  },
  {
    ...cut,
    id: 'name-list',
    claim: 'A list of names is no name.',
    attack: 'the same with a comma and a semicolon',
    run: cutAt(',', ';'),
  },
  {
    ...cut,
    id: 'name-user',
    claim: 'What stands before an @ is not taken for the host.',
    attack: 'name an allowed host as the user: HOST@ADDRESS',
    source: 'RFC 3986, 7.6: misleading user information',
    run: spelled(({ http, wild }, t) =>
      evils(t).flatMap((evil) => [`${http}@${evil}`, `a.${wild}@${evil}`, `${http}:80@${evil}`]),
    ),
  },
  {
    ...cut,
    id: 'name-glob',
    claim: 'A pattern that is asked for matches nothing.',
    attack: 'ask for *.bot-bottle.test itself',
    source: 'RFC 4592, 2.1.1: an asterisk is a label like others',
    run: spelled(() => ['*.bot-bottle.test', '*.*.bot-bottle.test', '*bot-bottle.test']),
  },
];
