import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../../../src/host/run.ts';

/** A test authority, and a certificate that it issued for some names. */
export interface TestCertificates {
  /** The authority's certificate, PEM, for hosts to trust. */
  readonly authorityPath: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** Makes them in `folder` with openssl. */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<TestCertificates> {
  const path = (name: string): string => join(folder, name);
  const authority = ['-keyout', path('authority-key.pem'), '-out', path('authority.pem')];
  await runOrThrow('openssl', ['req', '-x509', ...EC_KEY, '-subj', '/CN=test authority', ...authority]);
  const by = ['-CA', path('authority.pem'), '-CAkey', path('authority-key.pem')];
  const leaf = ['-keyout', path('leaf-key.pem'), '-out', path('leaf.pem')];
  const extensions = [
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
    'basicConstraints=critical,CA:FALSE',
  ].flatMap((extension) => ['-addext', extension]);
  await runOrThrow('openssl', [
    'req',
    '-x509',
    ...EC_KEY,
    '-subj',
    '/CN=test',
    ...by,
    ...extensions,
    ...leaf,
  ]);
  return {
    authorityPath: path('authority.pem'),
    key: readFileSync(path('leaf-key.pem')),
    cert: readFileSync(path('leaf.pem')),
  };
}
