/** Reads the first message of a TLS client (RFC 8446, 4.1.2) from its first bytes, in any fragmentation. */

export type HelloReading =
  | { readonly state: 'more' }
  | { readonly state: 'refused'; readonly reason: string }
  | {
      readonly state: 'hello';
      /** The name as sent; undefined: no server_name extension. */
      readonly serverName: string | undefined;
      /** Encrypted ClientHello or ESNI: the real name is hidden, so the visible one proves nothing. */
      readonly encrypted: boolean;
    };

/**
 * Real ones have 200 bytes to 4 KiB. Also the most that the gateway keeps in memory for a client that sends nothing
 * useful.
 */
export const MAX_HELLO_BYTES = 16_384;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
/** Length of a handshake message's header: its type and length. */
const HEADER_BYTES = 4;
const MAX_RECORD_BYTES = 16_384;
const EXTENSION = { serverName: 0, encryptedClientHello: 0xfe0d, encryptedServerName: 0xffce } as const;

class Malformed extends Error {}

/** Reads a ClientHello. `more`: the bytes are the beginning of one; call again from the start with more bytes. */
export function readClientHello(bytes: Buffer): HelloReading {
  try {
    const message = joinRecords(bytes);
    return message === undefined ? { state: 'more' } : readMessage(message);
  } catch (error) {
    if (error instanceof Malformed) return { state: 'refused', reason: error.message };
    throw error;
  }
}

/** Returns the handshake message without its header, from one or several records; undefined while it is incomplete. */
function joinRecords(bytes: Buffer): Cursor | undefined {
  const parts: Buffer[] = [];
  let joined = 0;
  let wanted: number | undefined;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE_RECORD) throw new Malformed(at === 0 ? 'is not TLS' : 'has a stray record');
    if ((bytes[at + 1] ?? 3) !== 3) throw new Malformed('is not TLS');
    if (bytes.length < at + RECORD_HEADER_BYTES) return undefined;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_RECORD_BYTES) throw new Malformed('has a record of a wrong length');
    const part = bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
    parts.push(part);
    joined += part.length;
    wanted ??= lengthOf(parts, joined);
    if (wanted !== undefined && joined >= wanted)
      return new Cursor(Buffer.concat(parts), HEADER_BYTES, wanted);
    if (part.length < length) return undefined;
    at += RECORD_HEADER_BYTES + length;
  }
  return undefined;
}

/**
 * Returns the length of the message with its header; undefined while the header is incomplete.
 * @throws Malformed when the message is not a ClientHello, or is too large
 */
function lengthOf(parts: readonly Buffer[], joined: number): number | undefined {
  if (joined === 0) return undefined;
  // No record is empty.
  const start = Buffer.concat(parts.slice(0, HEADER_BYTES));
  if (start[0] !== CLIENT_HELLO) throw new Malformed('does not begin with a ClientHello');
  if (joined < HEADER_BYTES) return undefined;
  const length = start.readUIntBE(1, 3);
  if (length > MAX_HELLO_BYTES) throw new Malformed('has a ClientHello that is too large');
  return HEADER_BYTES + length;
}

function readMessage(message: Cursor): HelloReading {
  message.skip(2 + 32); // legacy_version, random
  if (message.vector(1).left > 32) throw new Malformed('has a session id that is too long');
  const ciphers = message.vector(2).left;
  if (ciphers === 0 || ciphers % 2 === 1) throw new Malformed('has no cipher suites');
  if (message.vector(1).left === 0) throw new Malformed('has no compression methods');
  const extensions = message.left === 0 ? new Map<number, Cursor>() : readExtensions(message);
  const serverName = extensions.get(EXTENSION.serverName);
  return {
    state: 'hello',
    serverName: serverName === undefined ? undefined : readServerName(serverName),
    encrypted:
      extensions.has(EXTENSION.encryptedClientHello) || extensions.has(EXTENSION.encryptedServerName),
  };
}

function readExtensions(message: Cursor): Map<number, Cursor> {
  const list = message.vector(2);
  if (message.left > 0) throw new Malformed('has bytes after its extensions');
  const found = new Map<number, Cursor>();
  while (list.left > 0) {
    const type = list.number(2);
    if (found.has(type)) throw new Malformed('has an extension twice');
    found.set(type, list.vector(2));
  }
  return found;
}

/** RFC 6066, 3: a list with exactly one entry, of the only type that exists. */
function readServerName(extension: Cursor): string {
  const list = extension.vector(2);
  const type = list.number(1);
  const name = list.vector(2);
  if (type !== 0 || list.left > 0 || extension.left > 0) throw new Malformed('has an odd server name');
  return name.text();
}

/** Reads forward within a part of a message, without copying. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#end - this.#at;
  }

  number(size: 1 | 2): number {
    const at = this.skip(size);
    return size === 1 ? (this.#bytes[at] ?? 0) : this.#bytes.readUInt16BE(at);
  }

  /** Reads a length of `size` bytes, and a part of that length. */
  vector(size: 1 | 2): Cursor {
    const length = this.number(size);
    const at = this.skip(length);
    return new Cursor(this.#bytes, at, at + length);
  }

  /** Returns where the skipped bytes begin. */
  skip(count: number): number {
    if (count > this.left) throw new Malformed('has a ClientHello that ends early');
    this.#at += count;
    return this.#at - count;
  }

  text(): string {
    return this.#bytes.toString('latin1', this.#at, this.#end);
  }
}
