import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Held } from '../message/held.ts';

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
/** Small reads that wait behind what is in the queue, which counts their bytes, and not what each of them takes. */
const BEHIND = Symbol('behind the queue');
/** Larger ones wait in the queue. */
const SMALL_BYTES = 4_096;

let symbols: ReadingSymbols | undefined;

const OF_ALL = Duplex.prototype;

/** As a socket has them that reads through its queue: with `onread`, it would stop at once, and not hear who resets it. */
const OF_THE_QUEUE = {
  ...Object.fromEntries((['pause', 'resume'] as const).map((name) => [name, OF_ALL[name]])),
  read(this: TLSSocket, ...[size]: Parameters<Duplex['read']>): unknown {
    // 0: nobody takes anything, it only goes on.
    if (size !== 0) queueAll(this);
    return OF_ALL.read.call(this, size);
  },
  push(this: TLSSocket, ...said: Parameters<Duplex['push']>): boolean {
    // The end.
    if (said[0] === null) queueAll(this);
    return OF_ALL.push.apply(this, said);
  },
};

/** Has a connection, whose handshake is over, read so. It stays the stream that it was. False: this Node has another inside. */
export function readShared(secure: TLSSocket): boolean {
  const internals = secure as unknown as Internals;
  symbols ??= symbolsOf(secure);
  if (symbols === undefined || internals[symbols.generator] !== null) return false;
  if (internals._handle?.useUserBuffer === undefined) return false;
  internals[KEEPS_NOTHING] = false;
  internals[BEHIND] = undefined;
  internals[symbols.buffer] = shared;
  internals[symbols.callback] = (count: number): boolean => {
    const isFirst = secure.readableLength === 0 && internals[BEHIND] === undefined;
    if (secure.readableFlowing !== true || !isFirst) return wait(secure, count);
    // Nothing is before it, and somebody listens: as the queue would do it.
    secure.emit('data', internals[KEEPS_NOTHING] === true ? pooledCopyOf(count) : copyOf(count));
    return true;
  };
  Object.assign(secure, OF_THE_QUEUE);
  internals._handle.useUserBuffer(shared);
  return true;
}

/** Until somebody takes it. False: no more should come. */
function wait(secure: TLSSocket, count: number): boolean {
  // `readable` is said once, until what is in the queue was taken: nobody would ask for what is behind it.
  const isAskedFor = secure.listenerCount('readable') > 0;
  if (secure.readableLength === 0 || count >= SMALL_BYTES || isAskedFor) {
    queueAll(secure);
    return secure.push(copyOf(count));
  }
  const behind = ((secure as unknown as Internals)[BEHIND] ??= new Held()) as Held;
  behind.add(shared.subarray(0, count));
  const { readableLength, readableHighWaterMark } = secure;
  // Where that is enough it is for the queue to say so: as long as it is short, it asks for more.
  if (readableLength < readableHighWaterMark && readableLength + behind.bytes >= readableHighWaterMark)
    queueAll(secure);
  return secure.readableLength < readableHighWaterMark;
}

/** Puts what waits behind the queue into it. */
function queueAll(secure: TLSSocket): void {
  const behind = (secure as unknown as Internals)[BEHIND] as Held | undefined;
  if (behind === undefined) return;
  (secure as unknown as Internals)[BEHIND] = undefined;
  for (let piece = behind.take(); piece !== undefined; piece = behind.take()) OF_ALL.push.call(secure, piece);
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
