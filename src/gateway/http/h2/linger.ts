import type { Duplex } from 'node:stream';

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
