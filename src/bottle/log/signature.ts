import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';

/** What is signed when a bottle has ended: Ed25519 (RFC 8032) over the end of its log and its receipt. */

/** What the installation says of a log. */
export interface LogStatement {
  readonly bottle: string;
  readonly lines: number;
  /** Of the last line; empty where there is none. */
  readonly hash: string;
  /** `sha256:<hex>` of the receipt; null where there was none. */
  readonly receipt: string | null;
  /** ISO 8601. */
  readonly signedAt: string;
  /**
   * Whether whoever looked after the bottle was gone, so that what was found then was signed. Undefined: by a version that did
   * not note it.
   */
  readonly launcherLost?: boolean | undefined;
}

/** `audit/signature.json` */
export interface LogSignature extends LogStatement {
  readonly version: 1;
  /** Whose signature it is: see `keyId`. */
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

/** Names what the bytes mean, so that no signature of another kind could be taken for one of these. */
const CONTEXT = 'bot-bottle audit log 1';

function signedBytes({ bottle, lines, hash, receipt, signedAt, launcherLost }: LogStatement): Buffer {
  // One element fewer is another statement: nobody can take it out of a file.
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

/** Whether the statement is that of the key's owner, unchanged. */
export function isSignedBy(signature: LogSignature, publicKey: KeyObject): boolean {
  if (publicKey.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, signedBytes(signature), publicKey, Buffer.from(signature.signature, 'base64url'));
}

/** The content of `signature.json`, or undefined where it is not one. */
export function parseSignature(text: string): LogSignature | undefined {
  try {
    return SIGNATURE.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A short name of a public key: `SHA256:` and the base64 of the hash, as OpenSSH names keys. */
export function keyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64url')}`;
}
