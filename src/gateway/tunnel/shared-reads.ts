import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Held } from '../message/held.ts';

/**
 * Reads TLS into one memory that all connections share. Node makes a separate buffer for each read, and its stream
 * passes it through a queue. For a small request, that took a tenth of all time (docs/adr/0165). This code checks
 * undocumented parts of Node before it uses them, and without them all works as before.
 */

/** Symbols of `net.Socket` for its option `onread`, which Node offers only to clients without a connection. */
interface ReadingSymbols {
  readonly buffer: symbol;
  readonly callback: symbol;
  /** The function that makes a new buffer for each read. Undefined here. */
  readonly generator: symbol;
}

/** The members of a TLSSocket that this code uses. */
interface Internals {
  readonly _handle?: { readonly useUserBuffer?: (memory: Uint8Array) => void } | null;
  [symbol: symbol]: unknown;
}

/** Maximum of bytes in a record of TLS (RFC 8446, 5.1). */
const SHARED_BYTES = 16_384;
const shared = Buffer.allocUnsafeSlow(SHARED_BYTES);

/** Whether the connection's reader keeps no small part of memory. */
const KEEPS_NOTHING = Symbol('keeps nothing');
/** Small reads that wait behind the queue, which counts their bytes, but not the memory of each. */
const BEHIND = Symbol('behind the queue');
/** Larger reads wait in the queue. */
const SMALL_BYTES = 4_096;

let symbols: ReadingSymbols | undefined;

const OF_ALL = Duplex.prototype;

/**
 * Methods of a socket that reads through its queue. With `onread`, it would stop at once, and would not notice a reset.
 */
const OF_THE_QUEUE = {
  ...Object.fromEntries((['pause', 'resume'] as const).map((name) => [name, OF_ALL[name]])),
  read(this: TLSSocket, ...[size]: Parameters<Duplex['read']>): unknown {
    // With 0, the reader takes nothing. Reading only continues.
    if (size !== 0) queueAll(this);
    return OF_ALL.read.call(this, size);
  },
  push(this: TLSSocket, ...said: Parameters<Duplex['push']>): boolean {
    // The end of the stream.
    if (said[0] === null) queueAll(this);
    return OF_ALL.push.apply(this, said);
  },
};

/**
 * Makes a connection read into the shared memory after its handshake. It stays the same stream. Returns false where
 * this Node differs inside.
 */
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
    // No bytes are before it and a reader listens, so this replaces the queue.
    secure.emit('data', internals[KEEPS_NOTHING] === true ? pooledCopyOf(count) : copyOf(count));
    return true;
  };
  Object.assign(secure, OF_THE_QUEUE);
  internals._handle.useUserBuffer(shared);
  return true;
}

/** Keeps a read until the reader takes it. Returns false when no more should arrive. */
function wait(secure: TLSSocket, count: number): boolean {
  // Node emits `readable` once until the queue is empty, so no reader would ask for bytes behind the queue.
  const isAskedFor = secure.listenerCount('readable') > 0;
  if (secure.readableLength === 0 || count >= SMALL_BYTES || isAskedFor) {
    queueAll(secure);
    return secure.push(copyOf(count));
  }
  const behind = ((secure as unknown as Internals)[BEHIND] ??= new Held()) as Held;
  behind.add(shared.subarray(0, count));
  const { readableLength, readableHighWaterMark } = secure;
  // The queue has to report that it is full, because it asks for more as long as it is short.
  if (readableLength < readableHighWaterMark && readableLength + behind.bytes >= readableHighWaterMark)
    queueAll(secure);
  return secure.readableLength < readableHighWaterMark;
}

/** Moves the bytes that wait behind the queue into it. */
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
 * Declares whether a connection's reader keeps bytes beyond their reading only if it has taken them `apart`, besides
 * one short content per active request. Small reads may then share memory, which costs a tenth of separate memory.
 */
export function keepNothing(stream: Duplex, isSo: boolean): void {
  (stream as unknown as Internals)[KEEPS_NOTHING] = isSo;
}

const copyOf = (count: number): Buffer => copyInto(Buffer.allocUnsafeSlow(count), shared);

/** Small copies are parts of Node's pool, whose blocks have 8 KiB. */
const pooledCopyOf = (count: number): Buffer => copyInto(Buffer.allocUnsafe(count), shared);

function copyInto(copy: Buffer, bytes: Buffer): Buffer {
  bytes.copy(copy, 0, 0, copy.length);
  return copy;
}
