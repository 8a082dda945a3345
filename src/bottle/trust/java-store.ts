import { createHash } from 'node:crypto';

/** Writes certificates in Java's format JKS, which every Java reads, even where it expects PKCS #12. */

/** Constants of sun.security.provider.JavaKeyStore. */
const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
/** The default password of Java's own store; it protects only against accidents. */
const PASSWORD = 'changeit';
const WHITENER = 'Mighty Aphrodite';

/** A store that trusts these certificates (PEM). */
export function javaStore(pem: string): Uint8Array {
  const certificates = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(
    ([, text = '']) => Buffer.from(text, 'base64'),
  );
  const head = [MAGIC, VERSION, certificates.length].map(int32);
  const entries = certificates.flatMap((der, index) => [
    int32(TRUSTED_CERTIFICATE),
    utf(`bottle-${index}`),
    Buffer.alloc(8), // the date of the entry
    utf('X.509'),
    int32(der.length),
    der,
  ]);
  const store = Buffer.concat([...head, ...entries]);
  const password = Buffer.from(PASSWORD, 'utf16le').swap16();
  return Buffer.concat([store, createHash('sha1').update(password).update(WHITENER).update(store).digest()]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Encodes ASCII as java.io.DataOutput does: the length in two bytes, then the text. */
function utf(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
