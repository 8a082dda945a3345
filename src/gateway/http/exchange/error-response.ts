import { endWith, endStreamWith } from '../../tunnel/last-bytes.ts';
import type { Wire } from '../../tunnel/wire.ts';
import type { Answer, Reply } from '../../message/exchange.ts';
import { proxyErrorOf } from './fault.ts';
import type { Duplex } from 'node:stream';
import type { Gate } from '../../gate/gate.ts';
import type { Entrance } from '../../message/target.ts';

/** Writes answers of the gateway itself: JSON, short, and the last on their connection. */

const UPSTREAM_STEP =
  'The rule allows this host, but no answer came from it that could be passed on: the reason says why. Try again later where ' +
  'that may help, else tell the user the reason.';

/** Returns the answer to an allowed request whose host gave no usable answer. `reason`: as in fault.ts. */
export function upstreamFailed(
  asked: { readonly host: string; readonly port: number },
  reason: string,
): Answer {
  const { host, port } = asked;
  return {
    status: 502,
    body: { error: 'upstream_failed', host, port, reason, nextStep: UPSTREAM_STEP },
    proxyStatus: proxyErrorOf(reason),
  };
}

/** Answers a request of any HTTP version. */
export function respondTo(reply: Reply, answer: Answer): void {
  const { headers, body } = write(answer);
  if (reply.hasBegun()) return reply.breakOff();
  const head = { status: answer.status, statusMessage: undefined, headers: Object.entries(headers).flat() };
  reply.whole(head, Buffer.from(body));
}

/** Answers on a connection that no HTTP service has. */
export function respondRaw(wire: Wire, answer: Answer): void {
  endWith(wire, rawAnswer(answer));
}

/** Returns an answer in the form of HTTP/1.1. */
export function rawAnswer(answer: Answer): string {
  const { headers, body } = write(answer);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} Refused\r\n${lines.join('')}\r\n${body}`;
}

function write({ body, proxyStatus }: Answer): { headers: Record<string, string>; body: string } {
  const text = `${JSON.stringify(body)}\n`;
  return {
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(text)),
      ...(proxyStatus === undefined ? {} : { 'Proxy-Status': `bot-bottle; error=${proxyStatus}` }),
      Connection: 'close',
    },
    body: text,
  };
}

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
