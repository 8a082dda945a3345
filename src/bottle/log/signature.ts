import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';

/** The signature of an ended bottle: Ed25519 (RFC 8032) over the end of its log and its receipt. */

/** The statement of an installation about a log. */
export interface LogStatement {
  readonly bottle: string;
  readonly lines: number;
  /** Hash of the last line; empty if there is no line. */
  readonly hash: string;
  /** `sha256:<hex>` of the receipt; null if there was none. */
  readonly receipt: string | null;
  /** ISO 8601. */
  readonly signedAt: string;
  /**
   * Whether the bottle's owner was gone and another process signed what it found. Undefined in signatures of versions
   * that did not record it.
   */
  readonly launcherLost?: boolean | undefined;
}

/** `audit/signature.json` */
export interface LogSignature extends LogStatement {
  readonly version: 1;
  /** Name of the signing key, as `keyId` gives it. */
  readonly key: string;
  /** Base64url. */
  readonly signature: string;
}

const SIGNATURE = z.strictObject({
  version: z.literal(1),
  bottle: z.string(),
  lines: z.int().min(0),
  hash: z.string(),
  receipt: z.string().nullable(),
  signedAt: z.string(),
  launcherLost: z.boolean().optional(),
  key: z.string(),
  signature: z.string(),
});

/** States the purpose of the signed bytes, so that a signature for another purpose cannot be reused here. */
const CONTEXT = 'bot-bottle audit log 1';

function signedBytes({ bottle, lines, hash, receipt, signedAt, launcherLost }: LogStatement): Buffer {
  // Without the last element the statement differs: nobody can remove that member from a signed file.
  const more = launcherLost === undefined ? [] : [launcherLost];
  return Buffer.from(JSON.stringify([CONTEXT, bottle, lines, hash, receipt, signedAt, ...more]));
}

/** Signs the end of a log. */
export function signStatement(statement: LogStatement, privateKey: KeyObject): LogSignature {
  return {
    version: 1,
    ...statement,
    key: keyId(createPublicKey(privateKey)),
    signature: sign(null, signedBytes(statement), privateKey).toString('base64url'),
  };
}

/** Whether the owner of the key signed exactly this statement. */
export function isSignedBy(signature: LogSignature, publicKey: KeyObject): boolean {
  if (publicKey.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, signedBytes(signature), publicKey, Buffer.from(signature.signature, 'base64url'));
}

/** Parses `signature.json`; undefined if it is not a signature. */
export function parseSignature(text: string): LogSignature | undefined {
  try {
    return SIGNATURE.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Short name of a public key: `SHA256:` and the Base64url of the hash, similar to OpenSSH's fingerprints. */
export function keyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64url')}`;
}
