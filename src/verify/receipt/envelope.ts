import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { keyId } from '../../bottle/log/signature.ts';
import { BottleError } from '../../errors.ts';

/**
 * The form of a receipt's file: an envelope as DSSE has it (Dead Simple Signing Envelope, v1, protocol.md and envelope.md of
 * secure-systems-lab/dsse), signed with Ed25519 (RFC 8032).
 *
 * What is signed are bytes, not JSON: `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`. The payload is in the file
 * as base64 of those very bytes, so nobody has to write JSON again in the same way to verify it; and it is read only after
 * its signature was verified.
 *
 * - Domains: the same key signs logs. What is signed of a log begins with `["bot-bottle audit log 1"` (bottle/log/signature.ts),
 *   what is signed here with `DSSEv1 ` and the type below: no bytes are both. The type is inside of what is signed; one that
 *   is compared beside it lets a signature of one kind pass for another (CVE-2022-35929).
 * - Form: a file is read only if it is, byte for byte, what `writeEnvelope` makes of what was found in it. So members that
 *   are unknown or there twice, other whitespace, another order, other spellings of the same string or base64, a byte order
 *   mark and anything after the end are all refused, by this one comparison.
 * - Keys: the file carries its public key, to tell a whole receipt of another installation from one that was changed. That
 *   key proves nothing about who signed; only that a key which the reader has already is the same one does.
 */

const PAYLOAD_TYPE = 'application/vnd.bot-bottle.verify-receipt.v1+json';

/** As much as a file may hold: more than a hundred times what all probes on all rungs say. */
export const MAX_RECEIPT_BYTES = 64 * 1024 * 1024;

export interface Envelope {
  readonly payload: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signature: Uint8Array;
}

/** What an envelope turned out to be. There is a payload only where the expected key signed it. */
export type Opened =
  | { readonly seal: 'expected'; readonly key: string; readonly payload: Uint8Array }
  /** Whole, and signed by `key`, which nobody here vouches for. */
  | { readonly seal: 'other'; readonly key: string }
  /** Changed, put together of several, or signed for another purpose. `key` is what it claims. */
  | { readonly seal: 'invalid'; readonly key: string }
  /** Not in the form that is written here. */
  | { readonly seal: 'malformed' };

/** Signs a payload; gives the text of the file. @throws BottleError `dependencyMissing` where the key is none of Ed25519 */
export function sealEnvelope(payload: Uint8Array, privateKey: KeyObject): string {
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new BottleError('dependencyMissing', 'the key of this installation is none of Ed25519', {
      fix: 'put it back from a backup; or remove it, and a new one is made',
    });
  }
  const signature = sign(null, signedBytes(payload), privateKey);
  return writeEnvelope({ payload, publicKey: createPublicKey(privateKey), signature });
}

/** Says who signed the file, and gives what is in it if that is `expected`. Never throws. */
export function openEnvelope(text: string, expected: KeyObject | undefined): Opened {
  const envelope = readEnvelope(text);
  if (envelope === undefined) return { seal: 'malformed' };
  const { payload, publicKey } = envelope;
  const key = keyId(publicKey);
  if (!isSigned(envelope)) return { seal: 'invalid', key };
  return expected?.equals(publicKey) === true ? { seal: 'expected', key, payload } : { seal: 'other', key };
}

function isSigned({ payload, publicKey, signature }: Envelope): boolean {
  try {
    return verify(null, signedBytes(payload), publicKey, signature);
  } catch {
    return false; // the 32 bytes are no point of the curve
  }
}

/** DSSE's pre-authentication encoding. */
export function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);
}

const signedBytes = (payload: Uint8Array): Buffer => preAuthEncoding(PAYLOAD_TYPE, payload);

/** The one way to write it. */
function writeEnvelope({ payload, publicKey, signature }: Envelope): string {
  const envelope = {
    payloadType: PAYLOAD_TYPE,
    payload: base64(payload),
    signatures: [
      {
        keyid: keyId(publicKey),
        publicKey: base64(publicKey.export({ type: 'spki', format: 'der' })),
        sig: base64(signature),
      },
    ],
  };
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

/** What is needed to write it again; whether that gives the same says all else. */
const SHAPE = z.object({
  payload: z.string(),
  signatures: z.tuple([z.object({ publicKey: z.string(), sig: z.string() })]),
});

function readEnvelope(text: string): Envelope | undefined {
  // Each character is one byte at least.
  if (text.length > MAX_RECEIPT_BYTES) return undefined;
  try {
    const { payload, signatures } = SHAPE.parse(JSON.parse(text));
    const [{ publicKey, sig }] = signatures;
    const envelope = {
      payload: fromBase64(payload),
      publicKey: createPublicKey({ key: fromBase64(publicKey), format: 'der', type: 'spki' }),
      signature: fromBase64(sig),
    };
    const isEd25519 = envelope.publicKey.asymmetricKeyType === 'ed25519';
    return isEd25519 && writeEnvelope(envelope) === text ? envelope : undefined;
  } catch {
    return undefined;
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');
