import { describe, expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { canonicalRule, type WrittenRule } from './rules.ts';

const allow = { id: 'egress.allow[0]', list: 'allow' } as const;
const deny = { id: 'egress.deny[0]', list: 'deny' } as const;

const failure = (written: WrittenRule, place: typeof allow | typeof deny = allow): string => {
  try {
    canonicalRule(written, place);
  } catch (error) {
    if (error instanceof BottleError) return `${error.message} | ${error.fix}`;
  }
  return 'accepted';
};

describe('defaults and canonical forms', () => {
  test.each([
    [
      { host: 'Example.org' },
      allow,
      { host: 'example.org', port: 443, scheme: 'https', opensTls: true, dlp: 'block' },
    ],
    [{ host: 'example.org', scheme: 'http' as const }, allow, { port: 80, scheme: 'http' }],
    [{ host: '*.München.example' }, allow, { host: '*.xn--mnchen-3ya.example' }],
    [{ host: 'example.org' }, deny, { port: 0, scheme: 'tcp' }],
    [{ host: '2001:DB8::1' }, allow, { host: '2001:db8::1' }],
    [{ host: '10.1.2.3', addresses: ['10.1.2.3'] }, allow, { host: '10.1.2.3', addresses: ['10.1.2.3'] }],
    [
      { host: 'git.corp.example', addresses: ['10.1.2.3', 'FD00::1'] },
      allow,
      { addresses: ['10.1.2.3', 'fd00::1'] },
    ],
    [
      { host: 'a.example', scheme: 'http' as const, methods: ['GET'], paths: ['/a/**'] },
      allow,
      { methods: ['GET'], paths: ['/a/**'] },
    ],
  ])('the rule %j gets them', (written, place, expected) =>
    expect(canonicalRule(written, place)).toMatchObject({ id: place.id, ...expected }),
  );
});

describe('a rule that could not be enforced is refused, with what to write', () => {
  test.each([
    [
      { host: 'https://example.org/x' },
      'egress.allow[0]: host https://example.org/x is more than a host | write host: example.org, and scheme: and port: beside it',
    ],
    [
      { host: 'example.org:8443' },
      'egress.allow[0]: host example.org:8443 is more than a host | write host: example.org, and scheme: and port: beside it',
    ],
    [
      { host: '*' },
      'egress.allow[0]: host * has * in a place that means nothing | write *.example.org for all names under example.org',
    ],
    [
      { host: 'a.*.org' },
      'egress.allow[0]: host a.*.org has * in a place that means nothing | write *.example.org for all names under example.org',
    ],
    [
      { host: '*.192.0.2.1' },
      'egress.allow[0]: host *.192.0.2.1 puts a * before an address | write the address alone',
    ],
    [
      { host: '0x7f.1' },
      'egress.allow[0]: host 0x7f.1 is an odd spelling of an IPv4 address | write a host name or an IP address, such as api.example.org',
    ],
    [
      { host: '192.168.0.1' },
      'egress.allow[0]: 192.168.0.1 is never dialled by itself (private) | add addresses: [192.168.0.1] to allow it',
    ],
    [
      { host: 'fd00::1' },
      'egress.allow[0]: fd00::1 is never dialled by itself (unique local) | add addresses: [fd00::1] to allow it',
    ],
    [{ host: 'a.example', port: 0 }, 'egress.allow[0]: port 0 does not exist | write a port from 1 to 65535'],
    [
      { host: 'a.example', scheme: 'tcp' as const },
      'egress.allow[0]: scheme tcp needs a port | add port: with the one port that is meant',
    ],
    [
      { host: 'a.example', scheme: 'http' as const, methods: ['get'] },
      'egress.allow[0]: methods has get | write methods in upper case: GET',
    ],
    [
      { host: 'a.example', scheme: 'http' as const, paths: ['acme'] },
      'egress.allow[0]: paths has acme | write paths decoded, from the first slash: /acme/**; an escaped slash alone is written %2F',
    ],
    [
      { host: 'a.example', scheme: 'http' as const, paths: [] },
      'egress.allow[0]: paths is empty | leave paths: out to mean all of them',
    ],
    [
      { host: 'a.example', addresses: ['b.example'] },
      'egress.allow[0]: addresses has b.example, which is not an IP address | write addresses such as 10.1.2.3 or fd00::1',
    ],
  ])('%j is refused', (written, expected) => expect(failure(written)).toBe(expected));

  test('a deny rule with addresses is refused', () =>
    expect(failure({ host: 'a.example', addresses: ['10.0.0.1'] }, deny)).toContain(
      'a denied host is denied wherever it is',
    ));
});
