import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { canonicalEndpoint, canonicalHost, canonicalWrittenHost } from './canonical.ts';

const hostOf = (text: string): string | undefined => {
  const host = canonicalHost(text);
  return 'refused' in host ? undefined : host.host;
};

describe('hosts as programs send them', () => {
  test.each([
    ['Example.ORG', 'example.org'],
    ['example.org.', 'example.org'],
    ['a_b.example.org', 'a_b.example.org'],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    ['localhost', 'localhost'],
    ['192.0.2.1', '192.0.2.1'],
    ['[2001:DB8:0:0::1]', '2001:db8::1'],
    ['[64:ff9b::7f00:1]', '64:ff9b::7f00:1'],
    ['[2002:7f00:1::]', '2002:7f00:1::'],
  ])('the host %s becomes %s', (text, host) => expect(hostOf(text)).toBe(host));

  test.each([
    '',
    '.',
    '..',
    'example.org..',
    '.example.org',
    'a..b',
    'exa mple.org',
    'example.org\0.evil.test',
    'example.org%00.evil.test',
    'ex%61mple.org',
    'example.org\r\nX: y',
    'example.org\t',
    'user@example.org',
    'example.org#',
    'example.org/',
    'example.org\\',
    'example.org?',
    'example.org:443',
    'ｅxample.org',
    'exa\u200bmple.org',
    'münchen.example',
    'xn--a.example',
    'xn--.example',
    'xn--abc.example',
    'xn--pokxncvks-.example',
    '-a.example',
    'a-.example',
    `${'a'.repeat(64)}.example`,
    'a.'.repeat(128),
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '127.1',
    '127.0.1',
    '127.0.0.01',
    '127.0.0.1.',
    '1.2.3.4.5',
    '256.1.1.1',
    'example.0x',
    'example.123',
    '[::1',
    '::1',
    '[::1]x',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[[::1]]',
    '[example.org]',
    '[127.0.0.1]',
  ])('the host %j is refused', (text) => expect(hostOf(text)).toBeUndefined());

  test('a canonical host is its own canonical form', () => {
    const anything = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
      fc.string(),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const first = canonicalHost(text);
        if ('refused' in first) return;
        const again = first.kind === 'ip6' ? `[${first.host}]` : first.host;
        expect(canonicalHost(again)).toEqual(first);
      }),
    );
  });

  test('the URL parser reads every accepted host in the same way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.webAuthority()), (text) => {
        const host = canonicalHost(text);
        if ('refused' in host) return;
        const parsed = new URL(`http://${text}/`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
        expect(parsed).toBe(host.host);
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe('hosts as people write them', () => {
  test.each([
    ['München.example', 'xn--mnchen-3ya.example'],
    ['::1', '::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['Example.org', 'example.org'],
  ])('the written host %s becomes %s', (text, host) =>
    expect(canonicalWrittenHost(text)).toMatchObject({ host }),
  );

  test.each(['ｅxample.org', 'exa\u200bmple.org', 'example。org', 'straße.example\u00ad', '①.example'])(
    'the written host %s is ambiguous',
    (text) => expect(canonicalWrittenHost(text)).toHaveProperty('refused'),
  );
});

describe('hosts with a port', () => {
  test.each([
    ['example.org', 80, { host: { kind: 'name', host: 'example.org' }, port: 80 }],
    ['example.org:8080', 80, { host: { kind: 'name', host: 'example.org' }, port: 8080 }],
    ['[2001:db8::1]:443', undefined, { host: { kind: 'ip6', host: '2001:db8::1' }, port: 443 }],
  ])('the endpoint %s is read', (text, usual, expected) =>
    expect(canonicalEndpoint(text, usual)).toEqual(expected),
  );

  test.each([
    'example.org',
    'example.org:',
    'example.org:0',
    'example.org:65536',
    'example.org:-1',
    'a:1:2',
    ':443',
    '[::1]443',
    'example.org:44 3',
    'a@b:443',
  ])('%j is refused as a CONNECT target', (text) =>
    expect(canonicalEndpoint(text, undefined)).toHaveProperty('refused'),
  );
});
