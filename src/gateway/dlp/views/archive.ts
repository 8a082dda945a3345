import type { Compression } from '../engine.ts';

/** Finds the beginning of compressed data among other bytes, which may be cut anywhere. */

export interface Beginning {
  /** Place of the mark. */
  readonly at: number;
  /** Whether the complete head before the compressed data is here. */
  readonly isWhole: boolean;
  /** Place of the first byte of the compressed data. */
  readonly dataAt: number;
  readonly coding: 'gzip' | 'zstd' | 'deflate' | 'zip';
  readonly kind: Compression;
}

/** No head of a gzip file is longer: 64 KiB of extra fields, and a name. */
export const BEGINNING_BYTES = 128 * 1024;

export const GZIP = Buffer.from([0x1f, 0x8b, 8]);
/** The mark of a file in a zip: PKWARE's APPNOTE.TXT, 4.3.7. The records behind the last file contain no file data. */
export const ZIP = Buffer.from('PK\x03\x04', 'latin1');
export const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** The type of the chunks that hold a PNG's pixels (W3C PNG, 5.3). */
export const IDAT = Buffer.from('IDAT', 'latin1');
/** Length of a zlib head (RFC 1950, 2.2), which is too short to search for it everywhere. */
export const ZLIB_BYTES = 2;

/** Returns the first archive, or what may be the beginning of one. `isFirst`: nothing came before these bytes. */
export function archiveIn(data: Uint8Array, isFirst: boolean): Beginning | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  if (isFirst && isZlib(bytes)) return zlibIn(bytes);
  let first: Beginning | undefined;
  for (const found of [gzipIn(bytes), zstdIn(bytes), zipIn(bytes)]) {
    if (found !== undefined && (first === undefined || found.at < first.at)) first = found;
  }
  return first;
}

/**
 * Whether the zlib stream at `at` holds the pixels of a PNG. These are not inspected: they shrink as much as bombs, and
 * are hardly ever text.
 */
export function arePixels(bytes: Uint8Array, at: number): boolean {
  return at >= IDAT.length && IDAT.every((byte, index) => bytes[at - IDAT.length + index] === byte);
}

/**
 * Whether the bytes are a zlib head: deflate, no dictionary, and a valid check. Checks a single byte alone, if there is
 * no second one.
 */
function isZlib([first = 0, second]: Uint8Array): boolean {
  return second === undefined ? (first & 0x8f) === 8 : isZlibHead(first, second);
}

/** Whether two bytes are a zlib head with any window: RFC 1950, 2.2. */
export function isZlibHead(first: number, second: number): boolean {
  return (first & 0x8f) === 8 && (second & 0x20) === 0 && ((first << 8) | second) % 31 === 0;
}

function zlibIn({ length }: Buffer): Beginning {
  const isWhole = length > ZLIB_BYTES;
  return { at: 0, isWhole, dataAt: ZLIB_BYTES, coding: 'deflate', kind: 'deflate-raw' };
}

function gzipIn(bytes: Buffer): Beginning | undefined {
  for (let at = markIn(bytes, GZIP, 0); at !== -1; at = markIn(bytes, GZIP, at + 1)) {
    // RFC 1952, 2.3.1.2: the other flags are zero.
    if (((bytes[at + 3] ?? 0) & 0xe0) !== 0) continue;
    const dataAt = gzipDataAt(bytes, at);
    const isWhole = dataAt !== undefined;
    return { at, isWhole, dataAt: dataAt ?? bytes.length, coding: 'gzip', kind: 'deflate-raw' };
  }
  return undefined;
}

function zipIn(bytes: Buffer): Beginning | undefined {
  for (let at = markIn(bytes, ZIP, 0); at !== -1; at = markIn(bytes, ZIP, at + 1)) {
    if (isDeflatedInZip(bytes, at) === false) continue;
    const dataAt = zipDataAt(bytes, at);
    const isWhole = dataAt !== undefined;
    return { at, isWhole, dataAt: dataAt ?? bytes.length, coding: 'zip', kind: 'deflate-raw' };
  }
  return undefined;
}

/**
 * Whether the file that begins at `at` is deflated. Others are stored, or compressed in ways that nothing here reads.
 * Undefined: its head is incomplete.
 */
export function isDeflatedInZip(bytes: Uint8Array, at: number): boolean | undefined {
  const [low, high] = [bytes[at + 8], bytes[at + 9]];
  return low === undefined || high === undefined ? undefined : low === 8 && high === 0;
}

/**
 * Returns where the data of a zip file begins, behind its name and extra fields; undefined if these are incomplete. Its
 * head begins at `start`.
 */
export function zipDataAt(bytes: Uint8Array, start = 0): number | undefined {
  const [name = 0, nameHigh = 0, extra = 0, extraHigh] = bytes.subarray(start + 26, start + 30);
  if (extraHigh === undefined) return undefined;
  const dataAt = start + 30 + name + extra + 256 * (nameHigh + extraHigh);
  return dataAt < bytes.length ? dataAt : undefined;
}

/** `dataAt` is the place of the mark, because the engine reads the mark too. */
function zstdIn(bytes: Buffer): Beginning | undefined {
  const at = markIn(bytes, ZSTD, 0);
  if (at === -1) return undefined;
  return {
    at,
    isWhole: bytes.length >= at + ZSTD.length,
    dataAt: at,
    coding: 'zstd',
    kind: 'zstd',
  };
}

/** Returns the place of the mark, or of its beginning at the end of the bytes; -1 if there is neither. */
function markIn(bytes: Buffer, mark: Buffer, from: number): number {
  const whole = bytes.indexOf(mark, from);
  if (whole !== -1) return whole;
  for (let count = Math.min(mark.length - 1, bytes.length - from); count > 0; count -= 1) {
    if (bytes.subarray(bytes.length - count).equals(mark.subarray(0, count))) return bytes.length - count;
  }
  return -1;
}

/**
 * Returns where the data of the gzip at `start` begins: behind ten bytes, and the fields that its flags announce (RFC
 * 1952, 2.3). Undefined if these are incomplete.
 */
export function gzipDataAt(bytes: Uint8Array, start = 0): number | undefined {
  const flags = bytes[start + 3] ?? 0;
  let at = start + 10;
  if ((flags & 4) !== 0) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue;
    const end = at >= bytes.length ? -1 : bytes.indexOf(0, at);
    if (end === -1) return undefined;
    at = end + 1;
  }
  const dataAt = (flags & 2) === 0 ? at : at + 2;
  return dataAt < bytes.length ? dataAt : undefined;
}
