import type { Readable, Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees memory of content as soon as all of it has been written to another socket: memory that a socket has read into,
 * or a copy. The garbage collector runs when many objects were made, and content makes few. Until then, tens of MB
 * would stay allocated, and every read would use memory outside all CPU caches. This frees only content that passes
 * untouched. Inspection keeps parts of content, so its output is left to the collector, as is any memory that was not
 * given back to the last byte (docs/adr/0165).
 */

/** The memory of one read. */
interface Block extends ArrayBuffer {
  /** Bytes that are not given back yet. Undefined: the memory is not lent. */
  owedBytes?: number | undefined;
}

/** Minimum of bytes to lend. Freeing less is not worth it. */
const LEAST_BYTES = 4_096;

/** Lends bytes that were read, if they fill their memory, which must belong to this read alone. */
export function lend(bytes: Uint8Array): void {
  if (bytes.length === bytes.buffer.byteLength) lendAlone(bytes);
}

/** Lends bytes that may fill only a part of their memory, where no other code uses another part. */
export function lendAlone(bytes: Uint8Array): void {
  const block = bytes.buffer as Block;
  if (block.byteLength >= LEAST_BYTES) block.owedBytes = bytes.length;
}

/**
 * Gives back these bytes, or `count` of their memory's bytes. The last ones free the memory, which makes all views of
 * it empty.
 */
export function giveBack(bytes: Uint8Array, count = bytes.length): void {
  const block = bytes.buffer as Block;
  if (block.owedBytes === undefined) return;
  block.owedBytes -= count;
  if (block.owedBytes > 0) return;
  block.owedBytes = undefined;
  free(block);
}

/**
 * Returns the callback of a write that gives back its memory. The memory of a failed write is left to the collector, as
 * of every abort.
 */
export function givingBack(lent: readonly Uint8Array[]): (error?: Error | null) => void {
  return (error) => {
    if (!error) for (const bytes of lent) giveBack(bytes);
  };
}

const sources = new WeakSet<Readable>();
const sinks = new WeakMap<Writable, () => void>();

/** Marks a stream that passes on the bytes of a socket, and keeps no reference. */
export function markSource(stream: Readable): void {
  sources.add(stream);
}

/**
 * Marks a stream that writes to a socket unchanged and keeps no reference. `begin`: from this call on, it gives memory
 * back.
 */
export function markSink(stream: Writable, begin: () => void): void {
  sinks.set(stream, begin);
}

/** Call it where all of one stream is piped into the other, without a stage between them. */
export function joinLent(from: Readable, to: Writable): void {
  if (sources.has(from)) sinks.get(to)?.();
}

type Transfer = (this: ArrayBuffer, bytes: number) => ArrayBuffer;
let transfer: Transfer | undefined;

/** ArrayBuffer.prototype.transfer (ECMA-262, 25.1.6.8) moves the memory away at once. With length 0, none remains. */
function free(block: ArrayBuffer): void {
  transfer ??= findTransfer();
  transfer.call(block, 0);
}

/** Node 20 has `transfer` behind a flag, which affects only contexts made afterwards. */
function findTransfer(): Transfer {
  const { transfer: own } = ArrayBuffer.prototype as { transfer?: Transfer };
  if (own !== undefined) return own;
  setFlagsFromString('--harmony-rab-gsab-transfer');
  const found = runInNewContext('ArrayBuffer.prototype.transfer') as Transfer | undefined;
  return found ?? (() => NOTHING);
}

const NOTHING = new ArrayBuffer(0);
