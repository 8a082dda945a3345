import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { once } from 'node:events';
import type { TestCertificates } from './certificates.ts';

/** A stand-in for the API of a model provider: it speaks the provider's protocol, and knows its keys. */
export interface ModelApi {
  /** The host name of the API. */
  readonly host: string;
  /** Returns whether the headers of a request contain a valid key; the server refuses other requests. */
  readonly hasKey: (headers: Http2ServerRequest['headers']) => boolean;
  /** Answers one request with a valid key. */
  readonly answer: (request: ApiRequest, response: Http2ServerResponse) => void | Promise<void>;
}

export interface ApiRequest {
  readonly method: string;
  /** Includes the query. */
  readonly path: string;
  readonly body: string;
}

/** A received request, and whether it had a valid key. */
export interface HeardRequest extends ApiRequest {
  readonly host: string;
  readonly version: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly hadKey: boolean;
}

export interface ModelServer extends AsyncDisposable {
  readonly heard: readonly HeardRequest[];
}

/** Serves these APIs on an address of this host, port 443, over HTTP/2 and HTTP/1.1. */
export async function serveModels(
  address: string,
  certificates: TestCertificates,
  apis: readonly ModelApi[],
): Promise<ModelServer> {
  const heard: HeardRequest[] = [];
  const { key, cert } = certificates;
  const server = createSecureServer({ key, cert, allowHTTP1: true });
  const serve = async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
    const { method, url: path, headers, httpVersion: version } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    // An HTTP/1.1 request is one of node:http, which has no `authority`.
    const host = headers[':authority'] ?? headers.host ?? '';
    const api = apis.find((each) => each.host === host);
    const hadKey = api !== undefined && api.hasKey(headers);
    heard.push({ host, method, path, version, headers: { ...headers }, body, hadKey });
    if (hadKey) return await api.answer({ method, path, body }, response);
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"error":{"type":"authentication_error","message":"invalid key"}}');
  };
  server.on('request', (request, response) => {
    serve(request, response).catch(() => response.stream?.destroy());
  });
  server.listen(443, address);
  await once(server, 'listening');
  return {
    heard,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

/** One event of a model's answer. */
export interface ServerEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Sends server-sent events (WHATWG HTML, 9.2), each in a separate write, as model APIs do. */
export async function sendEvents(
  response: Http2ServerResponse,
  events: readonly ServerEvent[],
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const event of events) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    await new Promise(setImmediate);
  }
  response.end();
}

export function sendJson(response: Http2ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
