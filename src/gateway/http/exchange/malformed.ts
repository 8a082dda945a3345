import type { Duplex } from 'node:stream';
import type { Gate } from '../../gate/gate.ts';
import { endStreamWith } from '../../tunnel/last-bytes.ts';
import type { Entrance } from '../../message/target.ts';

/** What is not HTTP as it should be: refused, in the log, and the last on its connection. */

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
export function refuseConnect(refusing: Refusing, stream: Duplex): void {
  refuseForm(refusing, 'CONNECT where no proxy is');
  endStreamWith(stream, 'HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
}
