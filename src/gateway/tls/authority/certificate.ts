import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto';
import {
  bitString,
  context,
  contextPlain,
  integer,
  objectId,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
  yes,
} from './der.ts';
import { addressBytes } from './names.ts';

/** X.509 certificates (RFC 5280) with P-256 keys: that of a bottle's authority, and those that it issues for hosts. */

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/**
 * Names, each with all its subdomains, and addresses for which an authority may issue. Clients refuse everything else.
 */
export interface Constraints {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface AuthorityOrder extends Validity {
  readonly commonName: string;
  readonly constraints: Constraints;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Creates a self-signed certificate, as PEM. */
export function authorityCertificate(order: AuthorityOrder): string {
  const { commonName, constraints, publicKey, privateKey } = order;
  const name = distinguishedName(commonName);
  const extensions = [
    extension('basicConstraints', true, sequence(yes(), integer(Buffer.from([0])))),
    extension('keyUsage', true, bitString(Buffer.from([0b0000_0110]), 1)), // keyCertSign, cRLSign
    extension('subjectKeyIdentifier', false, octetString(keyIdentifier(publicKey))),
    extension('nameConstraints', true, nameConstraints(constraints)),
  ];
  return signed({ ...order, issuer: name, subject: name, extensions }, privateKey);
}

export interface LeafOrder extends Validity {
  /** A canonical name or address: see message/canonical.ts. */
  readonly host: string;
  readonly publicKey: KeyObject;
  readonly issuer: Pick<AuthorityOrder, 'commonName' | 'publicKey' | 'privateKey'>;
}

/** Creates a certificate for one host, as PEM. */
export function leafCertificate({ host, publicKey, issuer, notBefore, notAfter }: LeafOrder): string {
  const address = addressBytes(host);
  const altName =
    address === undefined ? contextPlain(2, Buffer.from(host, 'latin1')) : contextPlain(7, address);
  const extensions = [
    extension('keyUsage', true, bitString(Buffer.from([0b1000_0000]), 7)), // digitalSignature
    extension('extKeyUsage', false, sequence(objectId(OID.serverAuth))),
    // Python 3.13 requires both (X509_V_FLAG_X509_STRICT).
    extension('authorityKeyIdentifier', false, sequence(contextPlain(0, keyIdentifier(issuer.publicKey)))),
    extension('subjectKeyIdentifier', false, octetString(keyIdentifier(publicKey))),
    extension('subjectAltName', false, sequence(altName)),
  ];
  const [subject, by] = [LEAF_NAME, issuer.commonName].map(distinguishedName) as [Buffer, Buffer];
  return signed({ notBefore, notAfter, issuer: by, subject, publicKey, extensions }, issuer.privateKey);
}

/**
 * Deliberately not a host name: without another name, OpenSSL checks a common name that looks like one against the
 * constraints.
 */
const LEAF_NAME = 'host of a bottle';

interface Parts extends Validity {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function signed(
  { issuer, subject, publicKey, extensions, notBefore, notAfter }: Parts,
  key: KeyObject,
): string {
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const toBeSigned = sequence(
    context(0, integer(Buffer.from([2]))), // version 3
    integer(randomBytes(16)),
    algorithm,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions)),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, key)));
  const lines = certificate.toString('base64').replace(/.{64}(?!$)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(commonName: string): Buffer {
  return sequence(setOf(sequence(objectId(OID.commonName), utf8String(commonName))));
}

function extension(name: keyof typeof OID, isCritical: boolean, value: Buffer): Buffer {
  return sequence(objectId(OID[name]), ...(isCritical ? [yes()] : []), octetString(value));
}

/** RFC 5280, 4.2.1.2 (1), over the whole public key structure: any value that is unique will do. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

/**
 * RFC 5280, 4.2.1.10. Constraints that do not mention a kind of name allow all of it: so if no name or no address is
 * permitted, all of that kind are excluded.
 */
function nameConstraints({ names, addresses }: Constraints): Buffer {
  const permitted = [
    ...names.map((name) => sequence(contextPlain(2, Buffer.from(name, 'latin1')))),
    ...addresses.flatMap((address) => {
      const bytes = addressBytes(address);
      return bytes === undefined ? [] : [subtree(bytes, 0xff)];
    }),
  ];
  const excluded = [
    ...(names.length === 0 ? [sequence(contextPlain(2, Buffer.alloc(0)))] : []),
    ...(addresses.some((address) => !address.includes(':')) ? [] : [subtree(Buffer.alloc(4), 0)]),
    ...(addresses.some((address) => address.includes(':')) ? [] : [subtree(Buffer.alloc(16), 0)]),
  ];
  return sequence(
    ...(permitted.length === 0 ? [] : [context(0, ...permitted)]),
    ...(excluded.length === 0 ? [] : [context(1, ...excluded)]),
  );
}

/** An address with its mask, in which all bits count, or none. */
function subtree(address: Buffer, mask: 0 | 0xff): Buffer {
  return sequence(contextPlain(7, Buffer.concat([address, Buffer.alloc(address.length, mask)])));
}
