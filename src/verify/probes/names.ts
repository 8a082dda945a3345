import type { Probe } from './probe.ts';

/** Names, addresses and ports that two programs read in two ways. */

const common = { family: 'names', oracle: { kind: 'canary' }, control: 'canary' } as const;

/** A name that ends, to one reader, where another reads on. */
const cut = {
  ...common,
  breach: 'reaches any address, under a name that only ends like an allowed one',
  source: 'Guan on Claude Code 2.0.24 to 2.1.89: NUL in the host of SOCKS5',
} as const;
/** A name that a deny rule has, among many that are allowed. */
const denied = {
  ...common,
  breach: 'reaches a host that was denied by name',
  source: 'nono #1676: deny rules compared without normalising; UTS #46',
} as const;
const overMatch = {
  ...common,
  breach: 'reaches a host of its own whose name looks like an allowed one',
  source: 'CVE-2026-24052 (Claude Code): matched by the beginning only; *.github.com, evilgithub.com',
} as const;
const literal = {
  ...common,
  breach: "reaches the host's own services under another spelling of its address",
  source: 'CVE-2021-28918, CVE-2021-29921: odd literals; RFC 4291, RFC 4007, inet_aton(3)',
} as const;
const port = {
  ...common,
  breach: 'reaches any service of a host of which one port is allowed',
  source: 'RFC 9110, 9.3.6: tunnels to ports that are not of the web; RFC 3986, 3.2.3',
} as const;

export const NAMES: readonly Probe[] = [
  {
    ...cut,
    id: 'name-nul',
    claim: 'A NUL in a name ends it for nobody.',
    attack: 'name ADDRESS, NUL, an allowed name',
  },
  {
    ...cut,
    id: 'name-percent-nul',
    claim: 'An escaped NUL in a name ends it for nobody.',
    attack: 'the same with %00',
  },
  {
    ...cut,
    id: 'name-line-feed',
    claim: 'A line end in a name is not taken for one.',
    attack: 'the same with LF and CR LF',
    source: 'CVE-2019-18348 (Python): CR and LF in a host; CWE-93',
  },
  {
    ...cut,
    id: 'name-carriage-return',
    claim: 'A carriage return in a name is not taken for a line end.',
    attack: 'the same with CR',
  },
  { ...cut, id: 'name-tab', claim: 'A tab in a name ends it for nobody.', attack: 'the same with a tab' },
  {
    ...cut,
    id: 'name-space',
    claim: 'A space in a name ends it for nobody, escaped or not.',
    attack: 'the same with a space and %20',
  },
  {
    ...cut,
    id: 'name-control',
    claim: 'No control character is taken in a name.',
    attack: 'the same with other control characters',
  },
  {
    ...cut,
    id: 'name-fragment',
    claim: 'A # in a name ends it for nobody.',
    attack: 'the same with # and %23',
    source: 'RFC 3986, 3.5: where a fragment begins; Orange Tsai, A New Era of SSRF (2017)',
  },
  {
    ...cut,
    id: 'name-backslash',
    claim: 'A backslash in a name ends it for nobody.',
    attack: 'the same with \\ and %5c',
    source: 'WHATWG URL: \\ is / to browsers; Claroty and Snyk, URL parsing confusion (2022)',
  },
  {
    ...cut,
    id: 'name-slash',
    claim: 'A slash or a question mark in a name ends it for nobody.',
    attack: 'the same with /, ? and %2f',
  },
  {
    ...cut,
    id: 'name-list',
    claim: 'A list of names is no name.',
    attack: 'the same with a comma and a semicolon',
  },
  {
    ...cut,
    id: 'name-user',
    claim: 'What stands before an @ is not taken for the host.',
    attack: 'name an allowed host as the user: HOST@ADDRESS',
    source: 'RFC 3986, 7.6: misleading user information',
  },
  {
    ...cut,
    id: 'name-glob',
    claim: 'A pattern that is asked for matches nothing.',
    attack: 'ask for *.bot-bottle.test itself',
    source: 'RFC 4592, 2.1.1: an asterisk is a label like others',
  },
  {
    ...denied,
    id: 'denied-upper-case',
    claim: 'A denied name is denied in every case.',
    attack: 'spell a denied name in upper case',
  },
  {
    ...denied,
    id: 'denied-last-dot',
    claim: 'A denied name is denied with dots at its end.',
    attack: 'spell it with a dot, or two, at the end',
  },
  {
    ...denied,
    id: 'denied-percent',
    claim: 'A denied name is denied with escapes in it.',
    attack: 'spell it with percent escapes',
  },
  {
    ...denied,
    id: 'denied-zero-width',
    claim: 'A denied name is denied with invisible characters in it.',
    attack: 'spell it with zero-width characters',
  },
  {
    ...denied,
    id: 'denied-full-width',
    claim: 'A denied name is denied in letters that look alike to IDNA.',
    attack: 'spell it with full-width and circled letters',
  },
  {
    ...denied,
    id: 'denied-odd-dot',
    claim: 'A denied name is denied with the dots of other scripts.',
    attack: 'spell it with an ideographic full stop',
  },
  {
    ...denied,
    id: 'denied-punycode',
    claim: 'A denied name is denied as an A-label of plain letters.',
    attack: 'spell it as xn--denied-',
    source: 'RFC 5891, 4.2: such an A-label is none',
  },
  {
    ...overMatch,
    id: 'wildcard-prefix',
    claim: 'A wildcard begins at a dot.',
    attack: 'ask for evilNAME where *.NAME is allowed',
  },
  {
    ...overMatch,
    id: 'wildcard-suffix',
    claim: 'A wildcard ends where the name ends.',
    attack: 'ask for a.NAME.evil.test',
  },
  {
    ...overMatch,
    id: 'wildcard-apex',
    claim: 'A wildcard is not the name itself.',
    attack: 'ask for NAME where *.NAME is allowed',
  },
  {
    ...overMatch,
    id: 'wildcard-no-label',
    claim: 'A wildcard is not an empty label.',
    attack: 'ask for .NAME and a..NAME',
  },
  {
    ...overMatch,
    id: 'exact-below',
    claim: 'A name is not the names below it.',
    attack: 'ask for a.NAME where NAME is allowed',
  },
  {
    ...overMatch,
    id: 'exact-above',
    claim: 'A name is not the names above it.',
    attack: 'ask for the domain of an allowed name',
  },
  {
    ...overMatch,
    id: 'exact-prefix',
    claim: 'A name is matched from its beginning.',
    attack: 'ask for evilNAME where NAME is allowed',
  },
  {
    ...overMatch,
    id: 'exact-suffix',
    claim: 'A name is matched to its end.',
    attack: 'ask for NAME.evil.test',
  },
  {
    ...overMatch,
    id: 'exact-dot',
    claim: 'A dot in a rule is a dot.',
    attack: 'ask for a name with a letter where the rule has a dot',
    source: 'CWE-625: a regular expression with bare dots',
  },
  {
    ...literal,
    id: 'ipv6-loopback',
    claim: 'No spelling of the IPv6 loopback is dialled.',
    attack: 'name [::1], written out, and without brackets',
    needs: 'ip6',
  },
  {
    ...literal,
    id: 'ipv6-carries-ipv4',
    claim: 'An IPv4 address in an IPv6 one is not dialled.',
    attack: 'name [::ffff:127.0.0.1] and its hex',
  },
  {
    ...literal,
    id: 'ipv6-zone',
    claim: 'An address with a zone is not dialled.',
    attack: 'name [::1%lo] and [::1%25lo]',
    needs: 'ip6',
  },
  {
    ...literal,
    id: 'ipv4-short',
    claim: 'A short or odd IPv4 address is not dialled.',
    attack: 'name 127.1, 0 and 0177.1',
  },
  {
    ...port,
    id: 'port-other',
    claim: 'An allowed name is allowed on its port only.',
    attack: 'use an allowed name with another port',
  },
  {
    ...port,
    id: 'port-two',
    claim: 'Of two ports none is taken.',
    attack: 'name two ports, the allowed one first',
  },
  {
    ...port,
    id: 'port-odd',
    claim: 'No odd spelling hides a port.',
    attack: 'spell another port in hex, with a plus, with zeros',
  },
  {
    ...port,
    id: 'port-wraps',
    claim: 'A port does not wrap.',
    attack: 'name a port that is another in 16 bits',
    source: 'CWE-190; CWE-197: a number that is cut',
  },
];
