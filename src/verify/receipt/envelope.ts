import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { keyId } from '../../bottle/log/signature.ts';
import { BottleError } from '../../errors.ts';

/**
 * The format of a receipt's file: a DSSE envelope (Dead Simple Signing Envelope, v1, protocol.md and envelope.md of
 * secure-systems-lab/dsse), signed with Ed25519 (RFC 8032).
 *
 * The signature covers bytes, not JSON: `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`. The file contains
 * the payload as base64 of these bytes, so that a verifier need not reproduce the JSON; it parses the payload only
 * after it has verified the signature.
 *
 * - Domains: the same key signs logs. The signed bytes of a log begin with `["bot-bottle audit log 1"`
 *   (bottle/log/signature.ts), those of a receipt with `DSSEv1 ` and the type below, so none are both. The type is part
 *   of the signed bytes; a type that is only compared beside them lets a signature of one kind pass for another
 *   (CVE-2022-35929).
 * - Form: a file is read only if it equals, byte for byte, what `writeEnvelope` makes of its content. This one
 *   comparison rejects unknown and duplicate members, other whitespace, another order, other spellings of a string or
 *   of base64, a byte order mark, and anything after the end.
 * - Keys: the file contains its public key, to distinguish an intact receipt of another installation from a changed
 *   one. That key does not prove who signed; only equality with a key that the reader already has does.
 */

const PAYLOAD_TYPE = 'application/vnd.bot-bottle.verify-receipt.v1+json';

/** Limit of a file, in bytes: more than a hundred times the size of a report of all probes on all rungs. */
export const MAX_RECEIPT_BYTES = 64 * 1024 * 1024;

export interface Envelope {
  readonly payload: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signature: Uint8Array;
}

/** The result of opening an envelope. It has a payload only if the expected key signed it. */
export type Opened =
  | { readonly seal: 'expected'; readonly key: string; readonly payload: Uint8Array }
  /** Intact, and signed by `key`, which is not the expected one. */
  | { readonly seal: 'other'; readonly key: string }
  /** Changed, combined from several, or signed for another purpose. `key` is the one it claims. */
  | { readonly seal: 'invalid'; readonly key: string }
  /** Not in the form that this file writes. */
  | { readonly seal: 'malformed' };

/**
 * Signs a payload, and returns the text of the file. @throws BottleError `dependencyMissing` when the key is not
 * Ed25519
 */
export function sealEnvelope(payload: Uint8Array, privateKey: KeyObject): string {
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new BottleError('dependencyMissing', 'the key of this installation is none of Ed25519', {
      fix: 'put it back from a backup; or remove it, and a new one is made',
    });
  }
  const signature = sign(null, signedBytes(payload), privateKey);
  return writeEnvelope({ payload, publicKey: createPublicKey(privateKey), signature });
}

/** Returns who signed the file, and its payload if that is `expected`. Never throws. */
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
    return false; // the 32 bytes are not a point of the curve
  }
}

/** Returns DSSE's pre-authentication encoding. */
export function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `),
    payload,
  ]);
}

const signedBytes = (payload: Uint8Array): Buffer => preAuthEncoding(PAYLOAD_TYPE, payload);

/** Writes the only valid form of an envelope. */
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

/** The members needed to write it again; comparing the result checks everything else. */
const SHAPE = z.object({
  payload: z.string(),
  signatures: z.tuple([z.object({ publicKey: z.string(), sig: z.string() })]),
});

function readEnvelope(text: string): Envelope | undefined {
  // Each character is at least one byte.
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
