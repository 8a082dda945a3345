import type { Duplex } from 'node:stream';
import type { Gate } from '../../gate/gate.ts';
import { endStreamWith } from '../../tunnel/last-bytes.ts';
import type { Entrance } from '../../message/target.ts';

/** Handles malformed HTTP: refused, logged, and the last on its connection. */

interface Refusing {
  readonly gate: Gate;
  readonly entrance: Entrance;
}

/** Logs malformed HTTP of which only the connection is known. */
export function refuseForm({ gate, entrance: { via, bound } }: Refusing, reason: string): void {
  const asked = { via, host: bound?.host.host ?? '', port: bound?.port ?? 0, method: '' };
  gate.refuse(asked, 'gateway.malformed', reason);
}

/** Refuses CONNECT where the gateway is no proxy, such as inside a tunnel. */
export function refuseConnect(refusing: Refusing, stream: Duplex): void {
  refuseForm(refusing, 'CONNECT where no proxy is');
  endStreamWith(stream, 'HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
}
