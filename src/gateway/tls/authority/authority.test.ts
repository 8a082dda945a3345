import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAuthority } from './authority.ts';
import { addressBytes, constraintsOf } from './names.ts';

const constraints = { names: ['a.test', 'example.org'], addresses: ['192.0.2.7', '2001:db8::7'] };
const authority = createAuthority('b1', constraints);
const dir = mkdtempSync(join(tmpdir(), 'authority-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Returns OpenSSL's verdict on a leaf, as strict as Python 3.13 requires. */
function verify(leaf: string, host: string, by = authority.certificate): string {
  const [caPath, leafPath] = [join(dir, 'ca.pem'), join(dir, 'leaf.pem')];
  writeFileSync(caPath, by);
  writeFileSync(leafPath, leaf);
  const check = addressBytes(host) === undefined ? '-verify_hostname' : '-verify_ip';
  try {
    const args = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      check,
      host,
      '-CAfile',
      caPath,
      leafPath,
    ];
    return execFileSync('openssl', args, { stdio: 'pipe' }).toString().includes('OK') ? 'OK' : 'odd';
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

describe('leaf certificates', () => {
  test.each(['a.test', 'deep.below.example.org', '192.0.2.7', '2001:db8::7', `${'a'.repeat(60)}.a.test`])(
    'for %s pass the strictest check of OpenSSL',
    (host) => {
      const { certificate } = authority.issue(host);
      expect(verify(certificate, host)).toBe('OK');
      expect(new X509Certificate(certificate).ca).toBe(false);
    },
  );

  test.each(['b.test', 'xa.test', 'test', '192.0.2.8', '2001:db8::8'])(
    'for %s, which no rule opens, are refused',
    (host) => {
      expect(verify(authority.issue(host).certificate, host)).toMatch(/permitted subtree|excluded subtree/);
    },
  );

  test('are valid in a bottle that has run for years', () => {
    const old = createAuthority('b1', constraints, Date.now() - 4 * 365 * 24 * 3_600_000);
    expect(verify(old.issue('a.test').certificate, 'a.test', old.certificate)).toBe('OK');
  });

  test('of another bottle are refused', () => {
    const { certificate } = createAuthority('b1', constraints).issue('a.test');
    expect(verify(certificate, 'a.test')).toMatch(/unable to get local issuer|signature failure/);
  });

  test('are short-lived, and do not contain the key of the authority', () => {
    const { certificate, key, notAfter } = authority.issue('a.test');
    expect(new Date(new X509Certificate(certificate).validTo).getTime()).toBeLessThan(
      Date.now() + 25 * 3_600_000,
    );
    expect(
      Math.abs(new Date(new X509Certificate(certificate).validTo).getTime() - notAfter.getTime()),
    ).toBeLessThan(1_000);
    expect(
      new X509Certificate(authority.certificate).publicKey.export({ type: 'spki', format: 'pem' }),
    ).not.toBe(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }));
    expect(key).toContain('PRIVATE KEY');
  });
});

test('for addresses are refused where only names are allowed, and the other way round', () => {
  const names = createAuthority('b2', { names: ['a.test'], addresses: [] });
  expect(verify(names.issue('192.0.2.7').certificate, '192.0.2.7', names.certificate)).toMatch(/excluded/);
  const addresses = createAuthority('b3', { names: [], addresses: ['192.0.2.7'] });
  expect(verify(addresses.issue('a.test').certificate, 'a.test', addresses.certificate)).toMatch(/excluded/);
  expect(verify(addresses.issue('192.0.2.7').certificate, '192.0.2.7', addresses.certificate)).toBe('OK');
});

test('the authority may certify only hosts for which a rule opens TLS', () => {
  const rule = { id: 'r', port: 443, scheme: 'https' } as const;
  const allow = [
    { ...rule, host: '*.a.test', opensTls: true as const },
    { ...rule, host: 'b.test' },
    { ...rule, host: '192.0.2.7', opensTls: true as const },
  ];
  expect(constraintsOf({ allow, deny: [] })).toEqual({ names: ['a.test'], addresses: ['192.0.2.7'] });
});
