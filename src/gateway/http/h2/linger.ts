import type { Duplex } from 'node:stream';

/** Ends a socket, and destroys it where the peer does not close: so long after the last byte has gone, or at most after this. */
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
