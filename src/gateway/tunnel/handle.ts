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
  /** Zero when it is set. */
  setNoDelay(isOn: boolean): number;
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
  // Linux gives what it accepts the options of the socket that listens: set once, instead of for each connection.
  if (handle.setNoDelay?.(true) !== 0) return false;
  handle.onconnection = (status, connection) => {
    if (status === 0 && connection !== undefined) take(connection);
  };
  return true;
}

/** Whether a Socket of this connection can read by `onread`. */
export function canReadByMemory(connection: ConnectionHandle): boolean {
  return typeof connection.useUserBuffer === 'function';
}

/**
 * What Node's Socket sets in a copy of its options, whatever they say. Where they say it already, the copy needs no new
 * shape: Node 20 makes five of them for each Socket otherwise, all of which wait for the old generation's collection.
 */
export const SET_BY_SOCKET = { emitClose: false, autoDestroy: true, decodeStrings: false } as const;

/** A Socket of a connection that was taken. */
export function socketOf(connection: ConnectionHandle, onread?: OnReadOpts): Socket {
  const options = { handle: connection, onread, allowHalfOpen: true, ...SET_BY_SOCKET };
  return new Socket(options);
}
