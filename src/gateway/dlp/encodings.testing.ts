import * as zlib from 'node:zlib';

/** Encodings of bytes, for tests: `explore` must undo each. */
const text = (string: string) => Buffer.from(string, 'latin1');
const hex = (bytes: Buffer, before: string, between = '') =>
  text([...bytes].map((byte) => before + byte.toString(16).padStart(2, '0')).join(between));
const base64 = (bytes: Buffer) => bytes.toString('base64');

/** RFC 4648, 6, without padding. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}

export const DISGUISES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  base64: (bytes) => text(base64(bytes)),
  'base64, no padding': (bytes) => text(base64(bytes).replaceAll('=', '')),
  base64url: (bytes) => text(bytes.toString('base64url')),
  'base64, lines': (bytes) => text(base64(bytes).replace(/.{76}/g, '$&\r\n')),
  'base64, short lines': (bytes) => text(base64(bytes).replace(/.{20}/g, '$&\n ')),
  'base64, second alignment': (bytes) => text(base64(Buffer.concat([text('x'), bytes, text('yz')]))),
  'base64, third alignment': (bytes) => text(base64(Buffer.concat([text('{"'), bytes, text('"}')]))),
  'base64 after letters': (bytes) => text(`key${base64(bytes)}`),
  base32: (bytes) => text(base32(bytes)),
  'base32, lower case': (bytes) => text(base32(bytes).toLowerCase()),
  hex: (bytes) => hex(bytes, ''),
  'hex, upper case': (bytes) => text(bytes.toString('hex').toUpperCase()),
  'hex, colons': (bytes) => hex(bytes, '', ':'),
  'hex, dashes': (bytes) => hex(bytes, '', '-'),
  'hex, spaces': (bytes) => hex(bytes, '', ' '),
  'hex, \\x': (bytes) => hex(bytes, '\\x'),
  'hex, 0x': (bytes) => hex(bytes, '0x', ', '),
  'hex after a letter': (bytes) => text(`f${bytes.toString('hex')}`),
  'percent, all': (bytes) => hex(bytes, '%'),
  percent: (bytes) => text(encodeURIComponent(bytes.toString('latin1'))),
  'percent twice': (bytes) => text(encodeURIComponent(encodeURIComponent(bytes.toString('latin1')))),
  json: (bytes) => text(JSON.stringify({ key: bytes.toString('latin1') })),
  '\\u': (bytes) => hex(bytes, '\\u00'),
  '&#x;': (bytes) => text([...bytes].map((byte) => `&#x${byte.toString(16)};`).join('')),
  '&#;': (bytes) => text([...bytes].map((byte) => `&#${byte};`).join('')),
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  'raw deflate': (bytes) => zlib.deflateRawSync(bytes),
  brotli: (bytes) => zlib.brotliCompressSync(bytes),
  'utf-16': (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
};
