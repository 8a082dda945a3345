import { Socket, type OnReadOpts, type Server } from 'node:net';

/**
 * What Node does not document and tunnels are faster with: the libuv handles below servers and sockets. Everything here
 * is looked at before it is used, and each caller does without where it is missing.
 */

/** Of an accepted connection; what `net.Socket` takes as its `handle`. */
export interface ConnectionHandle {
  useUserBuffer(buffer: Uint8Array): void;
  close(): void;
}

interface ServerHandle {
  /** Called with each connection, or with a status below zero. */
  onconnection: (status: number, connection: ConnectionHandle | undefined) => void;
}

/**
 * Has each connection of a listening server given to `take` before Node makes a Socket of it, which is half of the cost
 * of a short tunnel. False: it cannot be had.
 */
export function takeConnections(server: Server, take: (connection: ConnectionHandle) => void): boolean {
  const handle = (server as unknown as { _handle?: Partial<ServerHandle> | null })._handle;
  if (typeof handle?.onconnection !== 'function') return false;
  handle.onconnection = (status, connection) => {
    if (status === 0 && connection !== undefined) take(connection);
  };
  return true;
}

/** Whether a Socket of this connection can read by `onread`. */
export function canReadByMemory(connection: ConnectionHandle): boolean {
  return typeof connection.useUserBuffer === 'function';
}

/** A Socket of a connection that was taken; it does not read yet. */
export function socketOf(connection: ConnectionHandle, onread?: OnReadOpts): Socket {
  const options = { handle: connection, onread, allowHalfOpen: true, pauseOnCreate: true };
  return new Socket(options).setNoDelay(true);
}
