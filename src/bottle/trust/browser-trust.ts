import { X509Certificate } from 'node:crypto';

/** What has browsers trust the bottle's gateway. They follow no variable and no bundle of the system, only what a company orders them. */

/** A file of a browser's orders: its name among the bottle's own files, and where that browser looks. */
export interface BrowserOrder {
  readonly name: string;
  readonly guestPath: string;
}

/** https://chromeenterprise.google/policies/#CACertificates: all that is built of Chromium, but for its headless shell. */
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

/** The content of those files by name. `certificate`: PEM, where `certificatePath` leads to in the bottle; undefined: there is none yet. */
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
