/** Writes ASN.1 in DER (X.690), as far as our certificates need it. Parses nothing. */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  generalizedTime: 0x18,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value with its tag and length (X.690, 8.1). */
function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = bigEndian(body.length);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

/** SEQUENCE */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(TAG.sequence, ...parts);

/** SET with one member: several would have to be sorted. */
export const setOf = (part: Uint8Array): Buffer => tagged(TAG.set, part);

/** INTEGER from an unsigned number in big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start === -1 ? Buffer.from([0]) : bytes.subarray(start);
  // A leading one bit would make it negative.
  return tagged(TAG.integer, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** BOOLEAN TRUE. FALSE is the default, which DER omits. */
export const yes = (): Buffer => tagged(TAG.boolean, Buffer.from([0xff]));

/** BIT STRING of whole bytes, or with `unused` bits at its end. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer =>
  tagged(TAG.bitString, Buffer.from([unused]), bytes);

/** OCTET STRING */
export const octetString = (bytes: Uint8Array): Buffer => tagged(TAG.octetString, bytes);

/** UTF8String */
export const utf8String = (text: string): Buffer => tagged(TAG.utf8String, Buffer.from(text));

/** OBJECT IDENTIFIER from its dotted form. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(TAG.objectId, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5). */
export function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const isNear = date.getUTCFullYear() < 2050;
  return tagged(isNear ? TAG.utcTime : TAG.generalizedTime, Buffer.from(`${text.slice(isNear ? 2 : 0)}Z`));
}

/** `[n]` around its content as it is: an explicit tag, or an implicit one of a constructed type. */
export const context = (n: number, ...contents: readonly Uint8Array[]): Buffer =>
  tagged(0xa0 | n, ...contents);

/** `[n]` in place of the tag of a primitive value. */
export const contextPlain = (n: number, content: Uint8Array): Buffer => tagged(0x80 | n, content);

function bigEndian(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function base128(value: number): number[] {
  const high = Math.floor(value / 128);
  return high === 0 ? [value] : [...base128(high).map((byte) => byte | 0x80), value % 128];
}
