import type { Duplex } from 'node:stream';
import type { Wire } from './wire.ts';

/** Timeout in milliseconds for a client to read a last answer and to close. */
const LINGER_MS = 1_000;

/** Writes a last message and closes, without a reset that would discard the message. */
export function endWith(wire: Wire, last: string | Uint8Array): void {
  const close = (): void => wire.destroy();
  wire.end(() => undefined, last);
  wire.read(() => true, { ended: close, broke: close });
  setTimeout(close, LINGER_MS).unref();
}

/** As `endWith`, for a stream without a reader. */
export function endStreamWith(stream: Duplex, last: string | Uint8Array): void {
  stream.end(last);
  stream.resume();
  setTimeout(() => stream.destroy(), LINGER_MS).unref();
}

/**
 * Ends a socket, and destroys it if the peer does not close: `lingerMs` after the last byte has left, or at most after
 * `mostMs`.
 */
export function endSoon(
  socket: Duplex,
  { lingerMs, mostMs }: { readonly lingerMs: number; readonly mostMs: number },
): void {
  const destroyAfter = (timeMs: number): void => {
    const timer = setTimeout(() => socket.destroy(), timeMs).unref();
    socket.once('close', () => clearTimeout(timer));
  };
  socket.end(() => destroyAfter(lingerMs));
  destroyAfter(mostMs);
}
