import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Gate } from '../gate.ts';
import type { Entrance } from './target.ts';

/** What is not HTTP as it should be: refused, in the log, and the last on its connection. */

/** Has a server refuse what its parser does not take, or asks for. */
export function refuseMalformed(server: Server, gate: Gate, entranceOf: (socket: Duplex) => Entrance): void {
  // 100-continue is the only expectation that there is (RFC 9110, 10.1.1).
  server.on('checkExpectation', ({ socket }: IncomingMessage, response: ServerResponse) => {
    refuseForm({ gate, entrance: entranceOf(socket) }, 'the request expects what nobody knows');
    response.writeHead(417, { Connection: 'close' }).end();
  });
  server.on('clientError', (error, socket) =>
    endMalformed({ gate, entrance: entranceOf(socket) }, error, socket),
  );
}

interface Refusing {
  readonly gate: Gate;
  readonly entrance: Entrance;
}

/** Logs that something is not as HTTP should be, of which no more is known than how it came. */
export function refuseForm({ gate, entrance: { via, bound } }: Refusing, reason: string): void {
  const asked = { via, host: bound?.host.host ?? '', port: bound?.port ?? 0, method: '', path: '' };
  gate.refuse(asked, 'gateway.malformed', reason);
}

/** Only a proxy takes it, and what is inside a tunnel is no proxy. */
export function refuseConnect(refusing: Refusing, socket: Duplex): void {
  refuseForm(refusing, 'CONNECT where no proxy is');
  socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
}

/** What the parser does not take is the last on its connection. */
function endMalformed(refusing: Refusing, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code !== 'ECONNRESET')
    refuseForm(refusing, `not HTTP as it should be: ${error.code ?? error.message}`);
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  else socket.destroy();
}
