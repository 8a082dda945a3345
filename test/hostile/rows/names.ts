import { family, HARMLESS, type Send } from '../family.ts';
import { stream } from '../http1.ts';
import type { Row } from '../row.ts';
import { DOMAIN, HOSTS } from '../rules.ts';

/** Spellings of a host and port in CONNECT; the rest of each request is the same and would be allowed. */

const to = (target: string, host: string = HOSTS.free): Send =>
  stream(host, { connect: target, tls: { sni: host, alpn: ['http/1.1'] } }, { target: '/NONCE' });
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const spellings = family({
  id: 'name: as it is',
  source: 'the rule',
  rule: 'free',
  send: to(`${HOSTS.free}:443`),
  tricks: [
    ['name: upper case', 'A1', to(`${HOSTS.free.toUpperCase()}:443`), 'free', HARMLESS],
    ['name: a dot at the end', 'A1', to(`${HOSTS.free}.:443`), 'free', HARMLESS],
    ['name: two dots at the end', 'A1', to(`${HOSTS.free}..:443`), 'gateway.malformed'],
    ['name: an empty label', 'A1', to(`free..${DOMAIN}:443`), 'gateway.malformed'],
    ['name: a dot in front', 'A1', to(`.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: NUL', 'A1', to(`evil.test\0.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: an escaped NUL', 'A1', to(`evil.test%00.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: an escaped letter', 'A1', to(`%66ree.${DOMAIN}:443`), 'gateway.malformed'],
    ['name: a tab', 'A1', to(`evil.test\t.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a space', 'A1', to(`evil.test ${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a carriage return', 'A1', to(`evil.test\r${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a line feed', 'A1', to(`evil.test\n${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: vertical tab', 'A1', to(`evil.test\x0b${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: DEL', 'A1', to(`${HOSTS.free}\x7f:443`), 'gateway.malformed'],
    ['name: a fragment', 'A1', to(`evil.test#.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a backslash', 'A1', to(`evil.test\\.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a slash', 'A1', to(`evil.test/.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a question mark', 'A1', to(`evil.test?.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a semicolon', 'A1', to(`evil.test;.${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a comma', 'A1', to(`evil.test,${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: an asterisk', 'A4', to(`*.wild.${DOMAIN}:443`), 'gateway.malformed'],
    ['name: user-info', 'A1', to(`me@${HOSTS.free}:443`), 'gateway.malformed'],
    [
      'name: user-info that looks like the host',
      'A1',
      to(`${HOSTS.free}@evil.test:443`),
      'gateway.malformed',
    ],
    ['name: user and password', 'A1', to(`a:b@${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: a URL', 'A1', to(`https://${HOSTS.free}:443`), 'gateway.malformed'],
    ['name: zero-width space', 'A1', to(utf8(`fr\u200bee.${DOMAIN}:443`)), 'gateway.malformed'],
    ['name: full-width letters', 'A1', to(utf8(`\uff46ree.${DOMAIN}:443`)), 'gateway.malformed'],
    ['name: ideographic full stop', 'A1', to(utf8(`free\u3002${DOMAIN}:443`)), 'gateway.malformed'],
    ['name: soft hyphen', 'A1', to(utf8(`fr\u00adee.${DOMAIN}:443`)), 'gateway.malformed'],
    ['name: long s', 'A1', to(utf8(`free.ho\u017ftile.test:443`)), 'gateway.malformed'],
    ['name: an A-label of nothing', 'A1', to(`xn--.${DOMAIN}:443`), 'gateway.malformed'],
    ['name: an A-label of ASCII', 'A1', to(`xn--free-.${DOMAIN}:443`), 'gateway.malformed'],
    ['name: an A-label of another script', 'A1', to(`xn--fre-8cd.${DOMAIN}:443`), 'default'],
    ['name: a label that begins with a hyphen', 'A1', to(`-free.${DOMAIN}:443`), 'gateway.malformed'],
    ['name: a label of 64 letters', 'A1', to(`${'a'.repeat(64)}.${DOMAIN}:443`), 'gateway.malformed'],
    ['name: 300 letters', 'A1', to(`${'a.'.repeat(150)}${DOMAIN}:443`), 'gateway.malformed'],
    ['port: another', 'the rule', to(`${HOSTS.free}:8443`), 'free'],
    ['port: of plain HTTP', 'the rule', to(`${HOSTS.free}:80`), 'free'],
    ['port: of SSH', 'B1', to(`${HOSTS.free}:22`), 'free'],
    ['port: 0', 'A1', to(`${HOSTS.free}:0`), 'gateway.malformed'],
    ['port: wraps to 443', 'A1', to(`${HOSTS.free}:65979`), 'gateway.malformed'],
    ['port: negative', 'A1', to(`${HOSTS.free}:-443`), 'gateway.malformed'],
    ['port: a plus', 'A1', to(`${HOSTS.free}:+443`), 'gateway.malformed'],
    ['port: hexadecimal', 'A1', to(`${HOSTS.free}:0x1bb`), 'gateway.malformed'],
    ['port: letters behind', 'A1', to(`${HOSTS.free}:443x`), 'gateway.malformed'],
    ['port: none', 'RFC 9110, 9.3.6', to(HOSTS.free), 'gateway.malformed'],
    ['port: empty', 'RFC 9110, 9.3.6', to(`${HOSTS.free}:`), 'gateway.malformed'],
    ['port: two', 'A1', to(`${HOSTS.free}:443:80`), 'gateway.malformed'],
    ['port: zeros in front', 'A1', to(`${HOSTS.free}:00443`), 'free', HARMLESS],
  ],
});

const addresses = family({
  id: 'address: the name instead',
  source: 'the rule',
  rule: 'free',
  send: to(`${HOSTS.free}:443`),
  tricks: [
    ['address: loopback', 'A5', to('127.0.0.1:443'), 'default'],
    ['address: IPv6 loopback', 'A5', to('[::1]:443'), 'default'],
    ['address: IPv6 loopback written out', 'A5', to('[0:0:0:0:0:0:0:1]:443'), 'default'],
    ['address: IPv4 in IPv6', 'A5', to('[::ffff:127.0.0.1]:443'), 'gateway.malformed'],
    ['address: IPv4 in IPv6, in hex', 'A5', to('[::ffff:7f00:1]:443'), 'gateway.malformed'],
    ['address: IPv4-compatible', 'A5', to('[::127.0.0.1]:443'), 'gateway.malformed'],
    ['address: NAT64', 'C6', to('[64:ff9b::7f00:1]:443'), 'default'],
    ['address: an IPv6 zone', 'A5', to('[fe80::1%25eth0]:443'), 'gateway.malformed'],
    ['address: IPv6 without brackets', 'A5', to('::1:443'), 'gateway.malformed'],
    ['address: an open bracket', 'A5', to('[::1:443'), 'gateway.malformed'],
    ['address: decimal', 'A5', to('2130706433:443'), 'gateway.malformed'],
    ['address: octal', 'A5', to('0177.0.0.1:443'), 'gateway.malformed'],
    ['address: hexadecimal', 'A5', to('0x7f000001:443'), 'gateway.malformed'],
    ['address: hexadecimal parts', 'A5', to('0x7f.0.0.1:443'), 'gateway.malformed'],
    ['address: two parts', 'A5', to('127.1:443'), 'gateway.malformed'],
    ['address: zeros in front', 'A5', to('127.000.000.001:443'), 'gateway.malformed'],
    ['address: five parts', 'A5', to('127.0.0.1.1:443'), 'gateway.malformed'],
    ['address: a dot at the end', 'A5', to('127.0.0.1.:443'), 'gateway.malformed'],
    ['address: all zeros', 'A5', to('0.0.0.0:443'), 'default'],
    ['address: zero', 'A5', to('0:443'), 'gateway.malformed'],
    ['address: broadcast', 'A5', to('255.255.255.255:443'), 'default'],
    ['address: metadata', 'B12', to('169.254.169.254:80'), 'default'],
    ['address: of the gateway itself', 'B12', to('127.200.0.1:3128'), 'default'],
    ['address: localhost', 'B12', to('localhost:443'), 'default'],
    ['address: a name for loopback', 'C6', to('127.0.0.1.nip.test:443'), 'default'],
  ],
});

const wildcards = family({
  id: 'wildcard: a name below',
  source: 'A4',
  rule: 'wild',
  send: to(`${HOSTS.wild}:443`, HOSTS.wild),
  tricks: [
    ['wildcard: the apex', 'A4', to(`${HOSTS.apex}:443`, HOSTS.apex), 'default'],
    ['wildcard: ends alike', 'A4', to(`evilwild.${DOMAIN}:443`), 'default'],
    ['wildcard: goes on', 'A4', to(`a.wild.${DOMAIN}.evil.test:443`), 'default'],
    ['wildcard: the domain above', 'A4', to(`${DOMAIN}:443`), 'default'],
    ['wildcard: a hyphen for a dot', 'A4', to(`a-wild.${DOMAIN}:443`), 'default'],
    ['wildcard: a dot too few', 'A4', to(`a.wild${DOMAIN}:443`), 'default'],
    [
      'wildcard: denied below it',
      'A7',
      to(`${HOSTS.deniedBelowWild}:443`, HOSTS.deniedBelowWild),
      'deniedHost',
    ],
    ['wildcard: denied, upper case', 'A3', to(`BAD.wild.${DOMAIN}:443`, HOSTS.deniedBelowWild), 'deniedHost'],
    [
      'wildcard: denied, a dot at the end',
      'A3',
      to(`bad.wild.${DOMAIN}.:443`, HOSTS.deniedBelowWild),
      'deniedHost',
    ],
    [
      'wildcard: denied, the server name of another',
      'D6',
      to(`bad.wild.${DOMAIN}:443`, HOSTS.wild),
      'deniedHost',
    ],
    [
      'wildcard: another under it in TLS',
      'D6',
      to(`${HOSTS.wild}:443`, HOSTS.deniedBelowWild),
      'gateway.mismatch',
    ],
  ],
});

export const NAMES: readonly Row[] = [...spellings, ...addresses, ...wildcards];
