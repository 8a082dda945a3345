import type { LeakPlace, Undoing } from '../probes/leaks/kinds.ts';
import type { Oracle } from '../probes/probe.ts';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** Reads what an attacker could read from the data that their host received. Pure. */

/**
 * Undoes disguises, as an attacker who knows them would. Shares no code with the gateway, which has to detect them.
 * Each function throws if the data has no such disguise.
 */

/** Limits decompression: probes send less, so larger data is not theirs. */
const LIMITED = { maxOutputLength: 1024 * 1024 };

const text = (bytes: Buffer): string => bytes.toString('latin1');
const bytesOf = (string: string): Buffer => Buffer.from(string, 'latin1');

/** Decodes each match of the pattern as the number of one byte. */
const fromCodes = (pattern: RegExp, radix: number) => (bytes: Buffer) =>
  bytesOf(
    text(bytes).replaceAll(pattern, (_, code: string) => String.fromCharCode(Number.parseInt(code, radix))),
  );

const ALPHABET32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Decodes base32: RFC 4648, 6. */
function fromBase32(bytes: Buffer): Buffer {
  const bits = Array.from(
    text(bytes)
      .toUpperCase()
      .replaceAll(/[^A-Z2-7]/g, ''),
    (character) => ALPHABET32.indexOf(character).toString(2).padStart(5, '0'),
  ).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** Returns the first file of an archive: APPNOTE.TXT 4.3.7. */
function fromZip(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) !== 0x04034b50) throw new Error('no zip');
  const start = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  return inflateRawSync(bytes.subarray(start, start + bytes.readUInt32LE(18)), LIMITED);
}

/** Returns the content of the first object of a pack, gitformat-pack(5), if its header has at most two bytes. */
function fromPack(bytes: Buffer): Buffer {
  const start = bytes.indexOf('PACK');
  if (start === -1) throw new Error('no pack');
  const isLong = (bytes[start + 12] ?? 0) >= 128;
  return inflateSync(bytes.subarray(start + (isLong ? 14 : 13)), LIMITED);
}

/** The decoders by disguise. */
export const UNDO: Readonly<Record<Undoing, (bytes: Buffer) => Buffer>> = {
  percent: fromCodes(/%([0-9a-f]{2})/gi, 16),
  base64: (bytes) => Buffer.from(text(bytes), 'base64'),
  base32: fromBase32,
  hex: (bytes) => Buffer.from(text(bytes).replaceAll(/[^0-9a-f]/gi, ''), 'hex'),
  json: (bytes) => bytesOf(String(Object.values(JSON.parse(text(bytes)) as object)[0])),
  entities: fromCodes(/&#x([0-9a-f]+);/gi, 16),
  utf16: (bytes) => bytesOf(bytes.toString('utf16le')),
  quotedPrintable: fromCodes(/=([0-9a-f]{2})/gi, 16),
  gzip: (bytes) => gunzipSync(bytes, LIMITED),
  deflate: (bytes) => inflateSync(bytes, LIMITED),
  brotli: (bytes) => brotliDecompressSync(bytes, LIMITED),
  zip: fromZip,
  pack: fromPack,
};

/** A request, or the messages of a WebSocket, as far as they were received. */
export interface Received {
  /** The host name that the request used. */
  readonly host: string;
  readonly method: string;
  /** Including the query. */
  readonly target: string;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly content: Buffer;
}

export type Leak = Extract<Oracle, { kind: 'leak' }>;

/** Returns whether the word can be read there. Ignores case, which a host name does not preserve. */
export function isRead(word: string, { in: place, undo }: Leak, received: readonly Received[]): boolean {
  try {
    const found = undo.reduce<Buffer>(
      (bytes, step) => UNDO[step](bytes),
      Buffer.concat(received.map(PLACES[place])),
    );
    return found.toString('latin1').toLowerCase().includes(word.toLowerCase());
  } catch {
    return false; // not disguised in this way, or incomplete
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The header that carries data, and the prefix of the names when several do. */
const CARRIER = 'x-note';

const PLACES: Readonly<Record<LeakPlace, (received: Received) => Buffer>> = {
  path: ({ target }) => bytes(target.split('?')[0]?.split('/').slice(3).join('') ?? ''),
  query: ({ target }) =>
    bytes([...target.matchAll(/[?&]d\d*=([^&]*)/g)].map(([, value = '']) => value).join('')),
  header: ({ rawHeaders }) => bytes(valuesOf(rawHeaders, (name) => name.startsWith(CARRIER)).join('')),
  headerName: ({ rawHeaders }) => bytes(rawHeaders.filter((_, at) => at % 2 === 0).join('\n')),
  agent: ({ rawHeaders }) => bytes(valuesOf(rawHeaders, (name) => name === 'user-agent').join('')),
  cookie: ({ rawHeaders }) => bytes(valuesOf(rawHeaders, (name) => name === 'cookie').join('')),
  basic: ({ rawHeaders }) =>
    bytes(
      valuesOf(rawHeaders, (name) => name === 'authorization')
        .join('')
        .replace(/^Basic /i, ''),
    ),
  label: ({ host }) => bytes(host.split('.').slice(0, -3).join('')),
  content: ({ content }) => content,
  field: ({ content }) => bytes(new URLSearchParams(content.toString('latin1')).get('note') ?? ''),
  fileName: ({ content }) => bytes(/filename="([^"]*)"/.exec(content.toString('latin1'))?.[1] ?? ''),
  trailer: ({ rawTrailers }) => bytes(valuesOf(rawTrailers, (name) => name === CARRIER).join('')),
};

const valuesOf = (raw: readonly string[], isMeant: (name: string) => boolean): readonly string[] =>
  raw.filter((_, at) => at % 2 === 1 && isMeant((raw[at - 1] ?? '').toLowerCase()));
