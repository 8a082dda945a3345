import { Socket, type OnReadOpts, type Server } from 'node:net';

/**
 * Undocumented parts of Node that make tunnels faster: the libuv handles below servers and sockets. This code checks
 * each part before it uses it, and each caller works without it.
 */

/** Handle of an accepted connection, which `net.Socket` takes as its `handle`. */
export interface ConnectionHandle {
  useUserBuffer(buffer: Uint8Array): void;
  close(): void;
}

interface ServerHandle {
  /** Returns zero on success. */
  setNoDelay(isOn: boolean): number;
  /** Called with each connection, or with a status below zero. */
  onconnection: (status: number, connection: ConnectionHandle | undefined) => void;
}

/**
 * Passes each connection of a listening server to `take` before Node makes a Socket, which is half of the cost of a
 * short tunnel. Returns false where this Node does not allow it.
 */
export function takeConnections(server: Server, take: (connection: ConnectionHandle) => void): boolean {
  const handle = (server as unknown as { _handle?: Partial<ServerHandle> | null })._handle;
  if (typeof handle?.onconnection !== 'function') return false;
  // On Linux, accepted sockets inherit the options of the listening socket. So this sets the option once, not per
  // connection.
  if (handle.setNoDelay?.(true) !== 0) return false;
  handle.onconnection = (status, connection) => {
    if (status === 0 && connection !== undefined) take(connection);
  };
  return true;
}

/** Returns whether a Socket of this connection can read by `onread`. */
export function canReadByMemory(connection: ConnectionHandle): boolean {
  return typeof connection.useUserBuffer === 'function';
}

/**
 * Options that Node's Socket sets in a copy of its options in any case. If they are present, the copy keeps its shape.
 * Otherwise, Node 20 makes five shapes per Socket, which live until the old generation's collection.
 */
export const SET_BY_SOCKET = { emitClose: false, autoDestroy: true, decodeStrings: false } as const;

/** Makes a Socket of a connection that `takeConnections` has passed on. */
export function socketOf(connection: ConnectionHandle, onread?: OnReadOpts): Socket {
  const options = { handle: connection, onread, allowHalfOpen: true, ...SET_BY_SOCKET };
  return new Socket(options);
}
