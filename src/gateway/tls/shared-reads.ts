import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/**
 * TLS that is read into one memory which all connections share. Node makes a buffer of its own for each read, and its stream
 * passes it through a queue; for a small request that took a tenth of all time (docs/adr/0173). What Node does not document of it
 * is looked at before it is used, and without it all is as before.
 */

/** Of `net.Socket`, by which it reads for its option `onread`; that is for clients only that have no connection yet. */
interface ReadingSymbols {
  readonly buffer: symbol;
  readonly callback: symbol;
  /** Of who gives memory anew for each read: nobody. */
  readonly generator: symbol;
}

/** What is asked of a TLSSocket by those. */
interface Internals {
  readonly _handle?: { readonly useUserBuffer?: (memory: Uint8Array) => void } | null;
  [symbol: symbol]: unknown;
}

/** No record of TLS has more (RFC 8446, 5.1). */
const SHARED_BYTES = 16_384;
const shared = Buffer.allocUnsafeSlow(SHARED_BYTES);

/** Who reads this connection keeps no small part of memory. */
const KEEPS_NOTHING = Symbol('keeps nothing');

let symbols: ReadingSymbols | undefined;

/** As a socket has them that reads through its queue: with `onread`, it would stop at once, and not hear who resets it. */
const OF_THE_QUEUE = Object.fromEntries(
  (['pause', 'resume', 'read'] as const).map((name) => [name, Duplex.prototype[name]]),
);

/** Has a connection, whose handshake is over, read so. It stays the stream that it was. False: this Node has another inside. */
export function readShared(secure: TLSSocket): boolean {
  const internals = secure as unknown as Internals;
  symbols ??= symbolsOf(secure);
  if (symbols === undefined || internals[symbols.generator] !== null) return false;
  if (internals._handle?.useUserBuffer === undefined) return false;
  internals[KEEPS_NOTHING] = false;
  internals[symbols.buffer] = shared;
  internals[symbols.callback] = (count: number): boolean => {
    if (secure.readableFlowing !== true || secure.readableLength > 0) return secure.push(copyOf(count));
    // Nothing is before it, and somebody listens: as the queue would do it.
    secure.emit('data', internals[KEEPS_NOTHING] === true ? pooledCopyOf(count) : copyOf(count));
    return true;
  };
  Object.assign(secure, OF_THE_QUEUE);
  internals._handle.useUserBuffer(shared);
  return true;
}

function symbolsOf(secure: TLSSocket): ReadingSymbols | undefined {
  const own = Object.getOwnPropertySymbols(secure);
  const find = (name: string): symbol | undefined => own.find(({ description }) => description === name);
  const [buffer, callback, generator] = [find('kBuffer'), find('kBufferCb'), find('kBufferGen')];
  if (buffer === undefined || callback === undefined || generator === undefined) return undefined;
  return { buffer, callback, generator };
}

/**
 * Whether the reader of a connection keeps, for longer than it takes to read it, only what it has taken `apart`, and one short content of
 * each request that is under way. What is small may then share its memory with other reads, which costs a tenth of memory of its own.
 */
export function keepNothing(stream: Duplex, isSo: boolean): void {
  (stream as unknown as Internals)[KEEPS_NOTHING] = isSo;
}

const copyOf = (count: number): Buffer => copyInto(Buffer.allocUnsafeSlow(count), shared);

/** Small ones are parts of Node's pool, of 8 KiB each. */
const pooledCopyOf = (count: number): Buffer => copyInto(Buffer.allocUnsafe(count), shared);

function copyInto(copy: Buffer, bytes: Buffer): Buffer {
  bytes.copy(copy, 0, 0, copy.length);
  return copy;
}
