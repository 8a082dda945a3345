import type { Readable } from 'node:stream';
import type { HttpRequest, HttpResponse, Sent } from '../../message/exchange.ts';
import type { Connection } from '../h2/connection.ts';
import { readableOf, writableOf } from '../h2/content.ts';
import { StreamBroken } from '../h2/faults.ts';
import type { AnswerHead2 } from '../h2/fields.ts';
import { encodeFields } from '../h2/hpack/encode.ts';
import type { Stream } from '../h2/stream.ts';
import { trailersOf } from '../../message/headers.ts';
import { pour } from '../exchange/pour.ts';

/** Sends one request on a connection to an HTTP/2 upstream. */

/**
 * Sends on a connection that has room. The promise settles with an answer, or rejects with `StreamBroken`.
 * @throws Error where the head cannot be written
 */
export function sendOver2(connection: Connection, outbound: HttpRequest): Sent {
  const block = encodeFields(fieldsOf(outbound));
  const { method, body } = outbound;
  const stream = connection.open();
  stream.isHeadOnly = method === 'HEAD';
  const answered = new Promise<HttpResponse>((resolve, reject) => {
    stream.listener = {
      headed: (head) => resolve(answeredOf(stream, head)),
      closed: (error) => {
        if (error !== undefined) reject(error);
        else if (stream.answer === undefined) reject(new StreamBroken('the upstream gave no answer'));
      },
    };
  });
  stream.sendBlock(block, body === undefined);
  if (body instanceof Uint8Array) stream.sendLast(body, trailersOf(outbound.trailers()));
  else if (body !== undefined) pourInto(stream, body, outbound);
  return {
    answered,
    traffic: () => ({ up: stream.outgoing.takenBytes, down: stream.incoming.receivedBytes }),
    abandon: () => {
      // Making an error costs as much as the rest of this function.
      if (!stream.isClosed) stream.reset('cancel');
    },
  };
}

function pourInto(stream: Stream, body: Readable, { trailers }: HttpRequest): void {
  pour(
    body,
    writableOf(stream, () => trailersOf(trailers())),
    () => undefined,
  );
}

/** Host becomes `:authority`. Of hop-by-hop headers, only the acceptance of trailers is sent again. */
function fieldsOf({ method, path, headers, wantsTrailers }: HttpRequest): string[] {
  const fields = [':method', method, ':scheme', 'https', ':authority', '', ':path', path];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name, value] = [headers[index] ?? '', headers[index + 1] ?? ''];
    if (name.length === 4 && name.toLowerCase() === 'host') fields[AUTHORITY_VALUE] = value;
    else fields.push(name, value);
  }
  if (wantsTrailers) fields.push('te', 'trailers');
  return fields;
}

const AUTHORITY_VALUE = 5;

function answeredOf(stream: Stream, { status, headers }: AnswerHead2): HttpResponse {
  const { incoming } = stream;
  return {
    status,
    statusMessage: undefined,
    headers,
    body: incoming.takeWhole() ?? readableOf(stream, () => stream.reset('cancel')),
    trailers: () => incoming.trailers,
  };
}
