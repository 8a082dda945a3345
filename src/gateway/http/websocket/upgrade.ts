import type { Duplex } from 'node:stream';
import { endStreamWith } from '../../tunnel/last-bytes.ts';
import { rawAnswer } from '../exchange/error-response.ts';
import type { RequestHead, ResponseHead } from '../../message/exchange.ts';
import { writeAnswerHead } from '../h1/write.ts';
import { pour } from '../exchange/pour.ts';
import { passWebSocket, type WebSocketClient, type WebSocketParts } from './pass.ts';

/** Handles requests to change the protocol (RFC 9110, 7.8): to a WebSocket where a rule allows it, else never. */

export interface Upgrading {
  readonly head: RequestHead;
  readonly stream: Duplex;
  /** The bytes after the head. */
  readonly rest: Buffer;
}

/** Opens a WebSocket for an HTTP/1.1 client, or answers why not. */
export async function upgrade(upgrading: Upgrading, parts: WebSocketParts): Promise<void> {
  const { head } = upgrading;
  const request = { ...head, body: undefined, trailers: () => [], wantsTrailers: false };
  await passWebSocket(clientOf1(upgrading), request, parts);
}

function clientOf1({ stream, rest }: Upgrading): WebSocketClient {
  return {
    stream,
    accept: (head) => {
      stream.write(writeHead(head, ['Connection', 'Upgrade', 'Upgrade', 'websocket']));
      if (rest.length > 0) stream.unshift(rest);
    },
    passOn: (head, body) => {
      stream.write(writeHead(head, ['Connection', 'close']));
      pour(body, stream, () => stream.destroy());
      // Reads the client only to notice its end, because it has nothing more to send.
      stream.resume().once('end', () => stream.destroy());
    },
    answer: (said) => endStreamWith(stream, rawAnswer(said)),
    isGone: () => stream.destroyed,
  };
}

function writeHead(head: ResponseHead, own: readonly string[]): Buffer {
  return Buffer.from(writeAnswerHead(head, [...head.headers, ...own]), 'latin1');
}
