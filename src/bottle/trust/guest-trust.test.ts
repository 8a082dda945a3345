import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority } from '../../gateway/tls/authority/authority.ts';
import {
  addTrust,
  trustedAs,
  trustEnvironment,
  trustMounts,
  trustPlaces,
  writeTrust,
  BROWSER_ORDERS,
  browserOrders,
} from './guest-trust.ts';

const { certificate } = createAuthority('one', { names: ['example.org'], addresses: [] });
const other = createAuthority('other', { names: ['example.org'], addresses: [] }).certificate;
const key = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

let dir = '';
const bundle = (): string => readFileSync(join(dir, 'ca-certificates.pem'), 'utf8');
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bot-bottle-trust-'));
  writeFileSync(join(dir, 'ca-certificates.pem'), other);
});
afterEach(() => rmSync(dir, { recursive: true }));

test.each([
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'NIX_SSL_CERT_FILE',
  'DENO_CERT',
  'HEX_CACERTS_PATH',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
])('%s leads to the bundle of certificates', (name) => {
  expect(trustEnvironment('/run/bottle')[name]).toBe('/run/bottle/ca-certificates.pem');
});

test('a certificate is added, and found by its subject', async () => {
  await addTrust(dir, certificate, '/run/bottle');
  expect(bundle()).toBe(other + certificate);
  expect(await trustedAs(dir, 'bot-bottle one')).toBe(certificate.trim());
  expect(await trustedAs(dir, 'bot-bottle on')).toBeUndefined();
});

test('all mounted files exist before the certificate, and have it afterwards', async () => {
  await writeTrust(dir);
  const paths = trustMounts(dir, trustPlaces({ needsImage: true })).map(({ hostPath }) => hostPath);
  const before = paths.map((path) => statSync(path).ino);
  await addTrust(dir, certificate, '/run/bottle');
  expect(paths.map((path) => statSync(path).ino)).toEqual(before);
  expect(readdirSync(dir)).toContain('gateway.pem');
});

test.each([
  ['with its key behind it', certificate + key],
  ['with its key before it', key + certificate],
  ['twice', certificate + certificate],
  ['a key', key],
  ['words', 'trust me\n'],
  ['nothing', ''],
])('%s, the certificate is refused, and nothing is written', async (_, text) => {
  await expect(addTrust(dir, text, '/run/bottle')).rejects.toMatchObject({ code: 'rungUnavailable' });
  expect(bundle()).toBe(other);
});

const contentOf = (guestPath: string, given: string | undefined): unknown => {
  const name = BROWSER_ORDERS.find((order) => order.guestPath === guestPath)?.name ?? '';
  return JSON.parse(browserOrders(given, '/run/bottle/gateway.pem')[name] ?? '');
};

test.each([
  '/etc/chromium/policies/managed/bot-bottle.json',
  '/etc/opt/chrome/policies/managed/bot-bottle.json',
  '/etc/opt/chrome_for_testing/policies/managed/bot-bottle.json',
])('%s contains the certificate itself', (guestPath) => {
  const { raw } = new X509Certificate(certificate);
  expect(contentOf(guestPath, certificate)).toEqual({ CACertificates: [raw.toString('base64')] });
});

test("Firefox gets the certificate's place", () => {
  expect(contentOf('/etc/firefox/policies/policies.json', certificate)).toEqual({
    policies: { Certificates: { Install: ['/run/bottle/gateway.pem'] } },
  });
});

test.each(BROWSER_ORDERS)('before there is a certificate, $guestPath is empty', ({ guestPath }) => {
  expect(JSON.stringify(contentOf(guestPath, undefined))).not.toContain('ertificates');
});
