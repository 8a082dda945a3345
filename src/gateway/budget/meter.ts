import { Transform, type Readable } from 'node:stream';
import { headBytes, type RawHeaders } from '../message/headers.ts';
import { ONE_PIECE } from '../message/held.ts';
import type { Allowance, Spent } from './budget.ts';

/** Counts HTTP traffic before it passes. */

/** The bottle has exhausted a limit during a request or an answer. */
export class Exhausted extends Error {
  readonly spent: Spent;
  constructor(spent: Spent) {
    super(spent.reason);
    this.spent = spent;
  }
}

/** Counts this many bytes. @throws Exhausted when they may not pass */
export function spend(budget: Allowance, bytes: number): void {
  const spent = budget.pass(bytes);
  if (spent !== undefined) throw new Exhausted(spent);
}

/**
 * Returns a stream that counts a body as it passes, and its trailers before its end, and breaks off with `Exhausted`.
 * Returns the body itself where nothing limits bytes.
 */
export function metered(body: Readable, budget: Allowance, trailers: () => RawHeaders = () => []): Readable {
  if (!budget.limitsBytes) return body;
  const stream = new Transform({
    highWaterMark: ONE_PIECE,
    transform: (chunk: Buffer, _, done) => {
      const spent = budget.pass(chunk.length);
      if (spent === undefined) done(null, chunk);
      else done(new Exhausted(spent));
    },
    flush: (done) => {
      const spent = budget.pass(headBytes('', trailers()));
      done(spent && new Exhausted(spent));
    },
  });
  // As in screen/body.ts: it may break before a consumer has it.
  stream.on('error', () => undefined);
  if (body.errored !== null || body.destroyed)
    return stream.destroy(body.errored ?? new Error('it was broken off'));
  body.once('error', (error) => stream.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) stream.destroy(new Error('it was broken off'));
  });
  // The body is read to its end, because the client gets the reason on the same connection.
  stream.once('close', () => {
    if (!body.readableEnded) body.unpipe(stream).resume();
  });
  return body.pipe(stream);
}
