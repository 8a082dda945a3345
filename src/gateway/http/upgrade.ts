import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { rawAnswer } from './answer.ts';
import { inboundOf1 } from './client/h1.ts';
import type { AnswerHead } from './exchange.ts';
import { pairsOf } from './headers.ts';
import { readWebSocketTarget } from './target.ts';
import { passWebSocket, type WebSocketClient, type WebSocketParts } from './websocket/pass.ts';

/** Requests that want to change the protocol (RFC 9110, 7.8): to a WebSocket where a rule allows it, else to nothing. */

export interface Upgrading {
  readonly incoming: IncomingMessage;
  readonly stream: Duplex;
  /** What came behind the head. */
  readonly rest: Buffer;
}

/** The same request without its offer, with what came behind it: as bytes, to be read once more. */
export function withoutUpgrade(
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  rest: Buffer,
): Buffer {
  const kept = pairsOf(rawHeaders).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    if (key === 'upgrade' || key === 'http2-settings') return [];
    const left =
      key === 'connection'
        ? value.split(',').filter((option) => !OFFERS.has(option.trim().toLowerCase()))
        : [value];
    return left.length === 0 ? [] : [`${name}: ${left.join(',')}\r\n`];
  });
  const head = `${method} ${url} HTTP/${httpVersion}\r\n${kept.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), rest]);
}

const OFFERS = new Set(['upgrade', 'http2-settings']);

/** Takes a WebSocket up for a client that speaks HTTP/1.1, or answers why not. */
export async function upgrade(upgrading: Upgrading, parts: WebSocketParts): Promise<void> {
  const { incoming, stream } = upgrading;
  const { method = '', url = '', rawHeaders, httpVersion: version } = incoming;
  const target = readWebSocketTarget(parts.entrance, { method, url, headers: rawHeaders, version });
  if (target.kind === 'health') return void stream.destroy();
  await passWebSocket(clientOf1(upgrading), { inbound: inboundOf1(incoming, url), target }, parts);
}

function clientOf1({ stream, rest }: Upgrading): WebSocketClient {
  return {
    stream,
    accept: (head) => {
      stream.write(writeHead(head, ['Connection', 'Upgrade', 'Upgrade', 'websocket']));
      stream.unshift(rest);
    },
    passOn: (head, body) => {
      stream.write(writeHead(head, ['Connection', 'close']));
      body.pipe(stream);
    },
    answer: (said) => void stream.end(rawAnswer(said)),
    isGone: () => stream.destroyed,
  };
}

function writeHead({ status, statusMessage = '', headers }: AnswerHead, own: readonly string[]): Buffer {
  const lines = pairsOf([...headers, ...own]).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} ${statusMessage}\r\n${lines.join('')}\r\n`, 'latin1');
}
