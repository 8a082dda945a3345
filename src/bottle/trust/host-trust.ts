import { readFile } from 'node:fs/promises';
import { BottleError, errnoOf, reasonOf } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';

/** The authorities that this host trusts: the same for bottles and gateways. */

/** Paths of the system's bundle by distribution (Debian, Fedora, Alpine, openSUSE), in order of Go's crypto/x509. */
export const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
];

/** Variables by which a user of this host adds a company's authority. */
const EXTRA_BUNDLE_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
];

/** All certificates that this host trusts, without duplicates, as PEM. Read once per process. */
export async function hostTrust(): Promise<string> {
  return await (read ??= readTrust());
}

let read: Promise<string> | undefined;

async function readTrust(): Promise<string> {
  const extras = EXTRA_BUNDLE_VARIABLES.map(hostVariable).filter((path) => path !== undefined);
  const paths = new Set([...(await firstReadable(SYSTEM_BUNDLES)), ...extras]);
  const texts = await Promise.all([...paths].map(readBundle));
  const certificates = texts.flatMap(
    (text) => text?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  );
  return `${[...new Set(certificates)].join('\n')}\n`;
}

async function readBundle(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new BottleError('usage', `the certificates in ${path} cannot be read: ${reasonOf(error)}`, {
      fix: `make the file readable for you, or unset the variable that names it: ${EXTRA_BUNDLE_VARIABLES.join(', ')}`,
      cause: error,
    });
  }
}

async function firstReadable(paths: readonly string[]): Promise<string[]> {
  for (const path of paths) {
    try {
      await readFile(path);
      return [path];
    } catch {
      // Continue with the next distribution's path.
    }
  }
  return [];
}
