import { endWith } from '../../tunnel/last-bytes.ts';
import type { Wire } from '../../tunnel/wire.ts';
import type { Answer, Reply } from '../../message/exchange.ts';
import { proxyErrorOf } from './fault.ts';

/** Answers of the gateway's own: JSON, short, and the last on their connection. */

const UPSTREAM_STEP =
  'The rule allows this host, but no answer came from it that could be passed on: the reason says why. Try again later where ' +
  'that may help, else tell the user the reason.';

/** For a request that was allowed, to a host of which no answer came through; the reason as fault.ts tells it. */
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

/** On a request of any version of HTTP. */
export function respondTo(reply: Reply, answer: Answer): void {
  const { headers, body } = write(answer);
  if (reply.hasBegun()) return reply.breakOff();
  const head = { status: answer.status, statusMessage: undefined, headers: Object.entries(headers).flat() };
  reply.whole(head, Buffer.from(body));
}

/** On a connection that no HTTP is served on. */
export function respondRaw(wire: Wire, answer: Answer): void {
  endWith(wire, rawAnswer(answer));
}

/** As it goes over the line in HTTP/1.1. */
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
