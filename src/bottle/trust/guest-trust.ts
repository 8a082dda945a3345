import { X509Certificate } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount, Traits } from '../../drivers/driver.ts';
import { BottleError, REPORT_IT } from '../../errors.ts';
import { writeFileAtomic } from '../../host/files.ts';
import { BROWSER_ORDERS, browserOrders } from './browser-trust.ts';
import { hostTrust, SYSTEM_BUNDLES } from './host-trust.ts';
import { javaStore } from './java-store.ts';

/** What a bottle's programs trust: what this host trusts, and the bottle's own gateway. In every place where they look. */

const PEM = 'ca-certificates.pem';
const STORE = 'cacerts';
/** The gateway's own alone: for browsers, and for whoever has to name it to a program. */
const GATEWAY_PEM = 'gateway.pem';

/** Variables by which programs find the bundle; each replaces the program's own store but for NODE_EXTRA_CA_CERTS. */
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
  // Before all else, gRPC's C core has roots of its own.
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
];

/** The environment that makes a bottle's programs trust what the host trusts. `guestDir`: where the bottle's own files are. */
export function trustEnvironment(guestDir: string): Record<string, string> {
  return Object.fromEntries(TRUST_VARIABLES.map((name) => [name, join(guestDir, PEM)]));
}

/** Where Debian has every Java look, and Debian and Alpine every program that follows no variable (GnuTLS, so wget). */
const JAVA_STORE = '/etc/ssl/certs/java/cacerts';
const IMAGE_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** A place of the system's own, to be covered in the bottle; `name`: by which of the bottle's own files. */
export interface TrustPlace {
  readonly guestPath: string;
  readonly name: string;
}

/** The places of a bottle; one without an image has this host's, where they are. */
export function trustPlaces({ needsImage }: Pick<Traits, 'needsImage'>): readonly TrustPlace[] {
  const bundles = needsImage ? [IMAGE_BUNDLE] : present(SYSTEM_BUNDLES);
  const stores = needsImage ? [JAVA_STORE] : present([JAVA_STORE]);
  return [
    ...bundles.map((guestPath) => ({ guestPath, name: PEM })),
    ...stores.map((guestPath) => ({ guestPath, name: STORE })),
    ...BROWSER_ORDERS,
  ];
}

/** The files that these names lead to: one can be mounted on, a link cannot. Only of /etc, which a bottle has for its own. */
function present(paths: readonly string[]): string[] {
  const real = paths.flatMap((path) => {
    try {
      return [realpathSync(path)];
    } catch {
      return []; // another distribution's
    }
  });
  return [...new Set(real)].filter((path) => path.startsWith('/etc/'));
}

/** The bottle's own in those places. `dir`: the bottle's own files, on the host. */
export function trustMounts(dir: string, places: readonly TrustPlace[]): Mount[] {
  return places.map(({ guestPath, name }) => ({ hostPath: join(dir, name), guestPath, readOnly: true }));
}

/** Writes what this host trusts. */
export async function writeTrust(dir: string): Promise<void> {
  const trust = await hostTrust();
  await writeFileAtomic(join(dir, PEM), trust, 0o644);
  await writeFileAtomic(join(dir, STORE), javaStore(trust), 0o644);
  const orders = Object.entries(browserOrders(undefined, ''));
  for (const [name, text] of orders) await writeFileAtomic(join(dir, name), text, 0o644);
}

/**
 * Adds a certificate, PEM. In place: the files may be mounted by themselves already.
 * @throws BottleError `rungUnavailable` where it is anything but that: all of the bottle reads it, and a key may stand beside it
 */
export async function addTrust(dir: string, certificate: string, guestDir: string): Promise<void> {
  expectCertificate(certificate);
  await appendFile(join(dir, PEM), certificate);
  await writeFile(join(dir, STORE), javaStore(await readFile(join(dir, PEM), 'utf8')));
  await writeFile(join(dir, GATEWAY_PEM), certificate, { mode: 0o644 });
  const orders = Object.entries(browserOrders(certificate, join(guestDir, GATEWAY_PEM)));
  for (const [name, text] of orders) await writeFile(join(dir, name), text);
}

/** The certificate with this common name, PEM, among those that a bottle trusts. Undefined: none has it. */
export async function trustedAs(dir: string, commonName: string): Promise<string | undefined> {
  const blocks = (await readFile(join(dir, PEM), 'utf8')).match(CERTIFICATES) ?? [];
  // Of a host's own, some are older than what Node reads.
  return blocks.findLast((pem) => {
    try {
      return new X509Certificate(pem).subject.split('\n').includes(`CN=${commonName}`);
    } catch {
      return false;
    }
  });
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** One, and nothing before, behind or in it. */
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/;

function expectCertificate(text: string): void {
  if (CERTIFICATE.test(text)) return;
  throw new BottleError(
    'rungUnavailable',
    'what the gateway gives the bottle to trust is not one certificate',
    { fix: REPORT_IT },
  );
}
