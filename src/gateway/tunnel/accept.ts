import type { Server, Socket } from 'node:net';
import { Wire, type ConnectionHandle } from './wire.ts';

/** Accepts connections as wires or sockets, up to a limit. */

/** Far more connections than agents use, and far fewer than a host has descriptors. */
const MAX_CONNECTIONS = 1_024;

/** Calls `onWire` with each connection of a listening server, and closes those beyond the limit. */
export function acceptWires(server: Server, onWire: (wire: Wire) => void): void {
  let open = 0;
  const admit = (wire: Wire): void => {
    open += 1;
    wire.whenClosed(() => (open -= 1));
    if (open > MAX_CONNECTIONS) wire.destroy();
    else onWire(wire);
  };
  const isTaken = takeConnections(server, (connection) => admit(Wire.ofHandle(connection)));
  if (!isTaken) acceptSockets(server, (socket) => admit(Wire.of(socket)));
}

/** As `acceptWires`, with Node's own sockets. */
export function acceptSockets(server: Server, onSocket: (socket: Socket) => void): void {
  // A server received from another process has none of these set.
  Object.assign(server, { allowHalfOpen: true, noDelay: true });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', onSocket);
}

/** An undocumented part of Node: the libuv handle below a server. */
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
