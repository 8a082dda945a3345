import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from '../../gateway/tls/authority/authority.ts';
import { BROWSER_ORDERS, browserOrders } from './browser-trust.ts';

const { certificate } = createAuthority('one', { names: ['example.org'], addresses: [] });
const contentOf = (guestPath: string, given: string | undefined): unknown => {
  const name = BROWSER_ORDERS.find((order) => order.guestPath === guestPath)?.name ?? '';
  return JSON.parse(browserOrders(given, '/run/bottle/gateway.pem')[name] ?? '');
};

test.each([
  '/etc/chromium/policies/managed/bot-bottle.json',
  '/etc/opt/chrome/policies/managed/bot-bottle.json',
  '/etc/opt/chrome_for_testing/policies/managed/bot-bottle.json',
])('%s has the certificate itself', (guestPath) => {
  const { raw } = new X509Certificate(certificate);
  expect(contentOf(guestPath, certificate)).toEqual({ CACertificates: [raw.toString('base64')] });
});

test('Firefox is told where the certificate is', () => {
  expect(contentOf('/etc/firefox/policies/policies.json', certificate)).toEqual({
    policies: { Certificates: { Install: ['/run/bottle/gateway.pem'] } },
  });
});

test.each(BROWSER_ORDERS)('before there is a certificate, $guestPath orders nothing', ({ guestPath }) => {
  expect(JSON.stringify(contentOf(guestPath, undefined))).not.toContain('ertificates');
});
