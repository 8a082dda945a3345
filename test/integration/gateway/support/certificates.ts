import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../../../src/host/run.ts';

/** A test authority and its certificates: good ones, and ones that no client may accept. */

const NAMES = [
  'allowed.test',
  'other.test',
  '*.wild.test',
  'pinned.test',
  '*.hostile.test',
  '*.wild.hostile.test',
]
  .map((name) => `DNS:${name}`)
  .join(',');

/** Makes `folder`/ca.pem, and NAME.pem with NAME-key.pem for each certificate. */
export async function makeCertificates(folder: string): Promise<void> {
  await makeAuthority(folder, 'ca');
  await makeAuthority(folder, 'stranger');
  const day = 86_400_000;
  const orders = [
    { name: 'good', names: NAMES, by: 'ca', from: -day, to: day },
    { name: 'expired', names: NAMES, by: 'ca', from: -2 * day, to: -day },
    { name: 'notYet', names: NAMES, by: 'ca', from: day, to: 2 * day },
    { name: 'otherHost', names: 'DNS:elsewhere.test', by: 'ca', from: -day, to: day },
    { name: 'unknown', names: NAMES, by: 'stranger', from: -day, to: day },
  ];
  for (const order of orders) await makeLeaf(folder, order);
}

const keyArgs = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

async function makeAuthority(folder: string, name: string): Promise<void> {
  const files = ['-keyout', join(folder, `${name}-key.pem`), '-out', join(folder, `${name}.pem`)];
  await runOrThrow('openssl', [
    'req',
    '-x509',
    ...keyArgs,
    '-days',
    '30',
    '-subj',
    `/CN=test ${name}`,
    ...files,
  ]);
}

interface LeafOrder {
  readonly name: string;
  readonly names: string;
  readonly by: string;
  readonly from: number;
  readonly to: number;
}

async function makeLeaf(folder: string, { name, names, by, from, to }: LeafOrder): Promise<void> {
  const path = (file: string): string => join(folder, file);
  const request = ['-keyout', path(`${name}-key.pem`), '-out', path(`${name}.csr`)];
  await runOrThrow('openssl', ['req', ...keyArgs, '-subj', '/CN=test', ...request]);
  writeFileSync(
    path(`${name}.ext`),
    `subjectAltName=${names}\nkeyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n`,
  );
  await runOrThrow('openssl', [
    'x509',
    '-req',
    '-in',
    path(`${name}.csr`),
    '-out',
    path(`${name}.pem`),
    '-CA',
    path(`${by}.pem`),
    '-CAkey',
    path(`${by}-key.pem`),
    '-CAcreateserial',
    '-extfile',
    path(`${name}.ext`),
    '-not_before',
    stamp(from),
    '-not_after',
    stamp(to),
  ]);
}

/** Returns the time in OpenSSL's form, relative to now. */
function stamp(fromNowMs: number): string {
  return `${new Date(Date.now() + fromNowMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}
