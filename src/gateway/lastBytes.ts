import type { Socket } from 'node:net';

/** How long a client may take to read a last answer and to close. */
const LINGER_MS = 1_000;

/** Says a last thing and closes, without a reset that would take it back. */
export function endWith(socket: Socket, last: string | Uint8Array): void {
  if (socket.writable) socket.end(last);
  socket.resume().once('end', () => socket.destroy());
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
