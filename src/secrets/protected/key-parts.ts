import { createPrivateKey } from 'node:crypto';

/**
 * Finds the secret parts of a private key's lines. The other parts are the same in every key or also in the public key.
 * A search for them would match `known_hosts`, public keys and test keys of other projects. Pure.
 */

/** In bytes. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts each line to its secret part; a line without one becomes empty. If the key's format is unknown, returns the
 * lines unchanged. `label`: `RSA PRIVATE KEY`.
 */
export function secretPartsOf(label: string, lines: readonly string[]): readonly string[] {
  const text = lines.join('');
  const range = /^[a-zA-Z\d+/]+={0,2}$/.test(text) ? rangeOf(label, text) : undefined;
  if (range === undefined) return lines;
  // Each base64 character carries six bits. This keeps every character with at least one bit of the range.
  const start = Math.floor((range.start * 4) / 3);
  const end = Math.ceil((range.end * 4) / 3);
  let at = 0;
  return lines.map((line) => {
    const from = at;
    at += line.length;
    return line.slice(Math.max(0, start - from), Math.max(0, end - from));
  });
}

function rangeOf(label: string, text: string): Range | undefined {
  const bytes = Buffer.from(text, 'base64');
  try {
    if (label === 'OPENSSH PRIVATE KEY') return rangeOfOpenSsh(bytes);
    // RFC 5958, 3: the encryption algorithm, then the encrypted data.
    if (label === 'ENCRYPTED PRIVATE KEY') return ofDer(bytes, ofDer(bytes, ofDer(bytes, 0).start).end);
    return rangeOfDer(bytes, `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`);
  } catch {
    return undefined;
  }
}

/** The range from the first to the last of the key's secret numbers, which are adjacent. */
function rangeOfDer(bytes: Buffer, pem: string): Range | undefined {
  const { d, p, q, dp, dq, qi } = createPrivateKey(pem).export({ format: 'jwk' });
  const places = [d, p, q, dp, dq, qi].flatMap((number): Range[] => {
    const value = Buffer.from(number ?? '', 'base64url');
    const start = bytes.indexOf(value);
    return value.length === 0 || start === -1 ? [] : [{ start, end: start + value.length }];
  });
  return places.length === 0 ? undefined : around(places);
}

const around = (ranges: readonly Range[]): Range => ({
  start: Math.min(...ranges.map(({ start }) => start)),
  end: Math.max(...ranges.map(({ end }) => end)),
});

/** The content of the DER element at `at`. X.690, 8.1.3 */
function ofDer(bytes: Buffer, at: number): Range {
  const first = bytes.readUInt8(at + 1);
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const start = at + 2 + (first & 0x7f);
  return { start, end: start + bytes.readUIntBE(at + 2, first & 0x7f) };
}

const MAGIC = 'openssh-key-v1\0';
/**
 * Which of the strings after a key's type are secret, and at most how many of their bytes. Source: OpenSSH's
 * PROTOCOL.key.
 */
const SECRET_STRINGS = [
  { kind: /^ssh-ed25519$/, from: 1, to: 2, size: 32 },
  { kind: /^ssh-rsa$/, from: 2, to: 6, size: Infinity },
  { kind: /^ecdsa-sha2-nistp\d+$/, from: 2, to: 3, size: Infinity },
] as const;

function rangeOfOpenSsh(bytes: Buffer): Range | undefined {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const [cipher, , options] = stringsOf(bytes, MAGIC.length, 3);
  // After the number of keys: the public key, then the section that may be encrypted.
  const [, content] = stringsOf(bytes, options!.end + 4, 2);
  if (bytes.toString('latin1', cipher!.start, cipher!.end) !== 'none') return content;
  // The key's type follows two copies of a check number.
  const [kind] = stringsOf(bytes, content!.start + 8, 1);
  const name = bytes.toString('latin1', kind!.start, kind!.end);
  const known = SECRET_STRINGS.find((one) => one.kind.test(name));
  if (known === undefined) return undefined;
  const { start, end } = around(stringsOf(bytes, kind!.end, known.to).slice(known.from));
  return { start, end: Math.min(end, start + known.size) };
}

/** Reads `count` strings from `from`. RFC 4251, 5 */
function stringsOf(bytes: Buffer, from: number, count: number): readonly Range[] {
  const found: Range[] = [];
  for (let at = from; found.length < count; at = found.at(-1)!.end) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new RangeError('it ends before');
    found.push({ start: at + 4, end });
  }
  return found;
}
