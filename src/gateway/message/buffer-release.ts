import type { Readable, Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Memory that a socket has read content into, or that it was copied to, freed as soon as all of it has been written to another. The collector of garbage comes
 * when many objects were made, and content makes few: until then tens of MB would lie about, and every read would be into memory
 * that no cache knows. Only what passes untouched is freed here: whoever looks into content keeps parts of it, so what comes out of
 * there is left to the collector, as is anything else that was not given back to the last byte (docs/adr/0173).
 */

/** The memory of one read. */
interface Block extends ArrayBuffer {
  /** Of its bytes: not given back yet. Undefined: it is not lent. */
  owedBytes?: number | undefined;
}

/** Less is not worth it. */
const LEAST_BYTES = 4_096;

/** Lends what was read: it must be all that its memory holds, which must be this read's alone. */
export function lend(bytes: Uint8Array): void {
  if (bytes.length === bytes.buffer.byteLength) lendAlone(bytes);
}

/** The same of what may be less than its memory holds, where nobody has another part of that. */
export function lendAlone(bytes: Uint8Array): void {
  const block = bytes.buffer as Block;
  if (block.byteLength >= LEAST_BYTES) block.owedBytes = bytes.length;
}

/** These, or so many of that memory's bytes, are needed by nobody any more. With the last ones it is freed, and all views of it are empty. */
export function giveBack(bytes: Uint8Array, count = bytes.length): void {
  const block = bytes.buffer as Block;
  if (block.owedBytes === undefined) return;
  block.owedBytes -= count;
  if (block.owedBytes > 0) return;
  block.owedBytes = undefined;
  free(block);
}

/** What is called when a write is over, and nothing below needs its memory. One that failed is left to the collector, as all that breaks off is. */
export function givingBack(lent: readonly Uint8Array[]): (error?: Error | null) => void {
  return (error) => {
    if (!error) for (const bytes of lent) giveBack(bytes);
  };
}

const sources = new WeakSet<Readable>();
const sinks = new WeakMap<Writable, () => void>();

/** What comes out of this is as a socket has read it, and nothing keeps it. */
export function markSource(stream: Readable): void {
  sources.add(stream);
}

/** What is written to this goes to a socket as it is, and nothing keeps it. `begin`: from now on it gives it back. */
export function markSink(stream: Writable, begin: () => void): void {
  sinks.set(stream, begin);
}

/** To be called where all of the one is poured into the other, with nothing between them. */
export function joinLent(from: Readable, to: Writable): void {
  if (sources.has(from)) sinks.get(to)?.();
}

type Transfer = (this: ArrayBuffer, bytes: number) => ArrayBuffer;
let transfer: Transfer | undefined;

/** ArrayBuffer.prototype.transfer (ECMA-262, 25.1.6.8) gives the memory away at once; of its length, nothing is left. */
function free(block: ArrayBuffer): void {
  transfer ??= findTransfer();
  transfer.call(block, 0);
}

/** Node 20 has it behind a flag, which takes hold in contexts that are made after it. */
function findTransfer(): Transfer {
  const { transfer: own } = ArrayBuffer.prototype as { transfer?: Transfer };
  if (own !== undefined) return own;
  setFlagsFromString('--harmony-rab-gsab-transfer');
  const found = runInNewContext('ArrayBuffer.prototype.transfer') as Transfer | undefined;
  return found ?? (() => NOTHING);
}

const NOTHING = new ArrayBuffer(0);
