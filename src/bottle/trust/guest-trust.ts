import { X509Certificate } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount, Traits } from '../../drivers/driver.ts';
import { BottleError, REPORT_IT } from '../../errors.ts';
import { writeFileAtomic } from '../../host/files.ts';
import { hostTrust, SYSTEM_BUNDLES } from './host-trust.ts';
import { javaStore } from './java-store.ts';

/** Makes a bottle's programs trust this host's authorities and the bottle's own gateway, wherever they look. */

const PEM = 'ca-certificates.pem';
const STORE = 'cacerts';
/** The gateway's certificate alone: for browsers, and for users who must name it to a program. */
const GATEWAY_PEM = 'gateway.pem';

/** Variables that locate the bundle. Each replaces a program's own store; only NODE_EXTRA_CA_CERTS adds to it. */
const TRUST_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'NIX_SSL_CERT_FILE',
  'DENO_CERT',
  'HEX_CACERTS_PATH',
  'NPM_CONFIG_CAFILE',
  // The C core of gRPC otherwise uses its built-in roots first.
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
];

/** The environment that makes programs use the bundle. `guestDir`: folder of the bottle's own files in the bottle. */
export function trustEnvironment(guestDir: string): Record<string, string> {
  return Object.fromEntries(TRUST_VARIABLES.map((name) => [name, join(guestDir, PEM)]));
}

/**
 * The store of every Java on Debian; the bundle of Debian and Alpine, for programs that read no variable (GnuTLS,
 * wget).
 */
const JAVA_STORE = '/etc/ssl/certs/java/cacerts';
const IMAGE_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** A system path that a file of the bottle covers; `name`: that file. */
export interface TrustPlace {
  readonly guestPath: string;
  readonly name: string;
}

/** The places of a bottle. A bottle without an image has this host's, as far as they exist. */
export function trustPlaces({ needsImage }: Pick<Traits, 'needsImage'>): readonly TrustPlace[] {
  const bundles = needsImage ? [IMAGE_BUNDLE] : present(SYSTEM_BUNDLES);
  const stores = needsImage ? [JAVA_STORE] : present([JAVA_STORE]);
  return [
    ...bundles.map((guestPath) => ({ guestPath, name: PEM })),
    ...stores.map((guestPath) => ({ guestPath, name: STORE })),
    ...BROWSER_ORDERS,
  ];
}

/** The real files behind these paths: a link cannot be a mount point. Only in /etc, of which a bottle has its own. */
function present(paths: readonly string[]): string[] {
  const real = paths.flatMap((path) => {
    try {
      return [realpathSync(path)];
    } catch {
      return []; // belongs to another distribution
    }
  });
  return [...new Set(real)].filter((path) => path.startsWith('/etc/'));
}

/** Mounts that cover these places. `dir`: folder of the bottle's own files on the host. */
export function trustMounts(dir: string, places: readonly TrustPlace[]): Mount[] {
  return places.map(({ guestPath, name }) => ({ hostPath: join(dir, name), guestPath, readOnly: true }));
}

/** Writes the certificates that this host trusts. */
export async function writeTrust(dir: string): Promise<void> {
  const trust = await hostTrust();
  await writeFileAtomic(join(dir, PEM), trust, 0o644);
  await writeFileAtomic(join(dir, STORE), javaStore(trust), 0o644);
  const orders = Object.entries(browserOrders(undefined, ''));
  for (const [name, text] of orders) await writeFileAtomic(join(dir, name), text, 0o644);
}

/**
 * Adds a certificate (PEM). Writes in place, because the files may already be mounted individually.
 * @throws BottleError `rungUnavailable` if the text is anything but one certificate: the whole bottle reads it, and it
 *   could include a private key
 */
export async function addTrust(dir: string, certificate: string, guestDir: string): Promise<void> {
  expectCertificate(certificate);
  await appendFile(join(dir, PEM), certificate);
  await writeFile(join(dir, STORE), javaStore(await readFile(join(dir, PEM), 'utf8')));
  await writeFile(join(dir, GATEWAY_PEM), certificate, { mode: 0o644 });
  const orders = Object.entries(browserOrders(certificate, join(guestDir, GATEWAY_PEM)));
  for (const [name, text] of orders) await writeFile(join(dir, name), text);
}

/** The certificate (PEM) with this common name among those that a bottle trusts; undefined if there is none. */
export async function trustedAs(dir: string, commonName: string): Promise<string | undefined> {
  const blocks = (await readFile(join(dir, PEM), 'utf8')).match(CERTIFICATES) ?? [];
  // Some of the host's certificates are too old for Node to parse.
  return blocks.findLast((pem) => {
    try {
      return new X509Certificate(pem).subject.split('\n').includes(`CN=${commonName}`);
    } catch {
      return false;
    }
  });
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Exactly one certificate, without any other text. */
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/;

function expectCertificate(text: string): void {
  if (CERTIFICATE.test(text)) return;
  throw new BottleError('rungUnavailable', 'the gateway’s answer is not a single certificate', {
    fix: REPORT_IT,
  });
}

/** Makes browsers trust the bottle's gateway. They ignore variables and the system's bundle; only policies count. */

/** A policy file of a browser: its name among the bottle's own files, and the path where the browser looks. */
interface BrowserOrder {
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
