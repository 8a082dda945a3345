import { X509Certificate } from 'node:crypto';

/** Makes browsers trust the bottle's gateway. They ignore variables and the system's bundle; only policies count. */

/** A policy file of a browser: its name among the bottle's own files, and the path where the browser looks. */
export interface BrowserOrder {
  readonly name: string;
  readonly guestPath: string;
}

/** https://chromeenterprise.google/policies/#CACertificates: all Chromium-based browsers except its headless shell. */
const CHROMIUM = 'chromium-policy.json';
/** https://mozilla.github.io/policy-templates/#certificates--install */
const FIREFOX = 'firefox-policy.json';

/** Chromium, Chrome and Chrome for Testing (Playwright's and Puppeteer's) have a folder each; Firefox has one file. */
export const BROWSER_ORDERS: readonly BrowserOrder[] = [
  ...['/etc/chromium', '/etc/opt/chrome', '/etc/opt/chrome_for_testing'].map((folder) => ({
    name: CHROMIUM,
    guestPath: `${folder}/policies/managed/bot-bottle.json`,
  })),
  { name: FIREFOX, guestPath: '/etc/firefox/policies/policies.json' },
];

/**
 * The content of these files, by name.
 * @param certificate PEM; undefined while there is none
 * @param certificatePath its path in the bottle
 */
export function browserOrders(
  certificate: string | undefined,
  certificatePath: string,
): Readonly<Record<string, string>> {
  if (certificate === undefined) return { [CHROMIUM]: '{}\n', [FIREFOX]: '{ "policies": {} }\n' };
  const der = new X509Certificate(certificate).raw.toString('base64');
  return {
    [CHROMIUM]: `${JSON.stringify({ CACertificates: [der] })}\n`,
    [FIREFOX]: `${JSON.stringify({ policies: { Certificates: { Install: [certificatePath] } } })}\n`,
  };
}
