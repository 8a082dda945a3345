import type { Server, Socket } from 'node:net';
import { takeConnections } from './handle.ts';
import { Wire } from './wire.ts';

/** Far more than agents use, and far fewer than the descriptors of a host. */
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
