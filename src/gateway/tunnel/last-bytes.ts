import type { Duplex } from 'node:stream';
import type { Wire } from './wire.ts';

/** How long a client may take to read a last answer and to close. */
const LINGER_MS = 1_000;

/** Says a last thing and closes, without a reset that would take it back. */
export function endWith(wire: Wire, last: string | Uint8Array): void {
  const close = (): void => wire.destroy();
  wire.end(() => undefined, last);
  wire.read(() => true, { ended: close, broke: close });
  setTimeout(close, LINGER_MS).unref();
}

/** The same on a stream that nobody reads. */
export function endStreamWith(stream: Duplex, last: string | Uint8Array): void {
  stream.end(last);
  stream.resume();
  setTimeout(() => stream.destroy(), LINGER_MS).unref();
}
