import { connect as connectSocket } from 'node:net';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { decode, encode, type Message } from './protobuf.ts';
import { METHODS, type MethodName } from './services.ts';

/** Calls of containerd by gRPC, as the real program makes them: one connection, a namespace, perhaps a lease. */

/** What containerd answered instead: its own words. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(spoken(code, message));
    this.code = code;
  }
}

const NOT_FOUND = 5;

// What containerd's client says of a code after its words (errdefs: FromGRPC).
const CLASSES: Readonly<Record<number, string>> = {
  2: 'unknown',
  3: 'invalid argument',
  5: 'not found',
  6: 'already exists',
  9: 'failed precondition',
  12: 'not implemented',
  14: 'unavailable',
};

function spoken(code: number, text: string): string {
  const suffix = CLASSES[code];
  return suffix === undefined ? text : `${text.replace(new RegExp(`:? ?${suffix}$`), '')}: ${suffix}`;
}

const HEAD_BYTES = 5;

/** Whether an error is containerd's `not found`. */
export const isNotFound = (error: unknown): error is GrpcError =>
  error instanceof GrpcError && error.code === NOT_FOUND;

export interface Connection {
  /** The answer to a call. @throws GrpcError */
  call(name: MethodName, request: Message): Promise<Message>;
  /** All answers to one. @throws GrpcError */
  stream(name: MethodName, request: Message): Promise<Message[]>;
  /** The same connection, holding on to a lease. */
  withLease(lease: string): Connection;
  close(): void;
}

/** Opens it; that nobody listens is found by the first call. */
export function openConnection(socketPath: string, namespace: string): Connection {
  const session = connect('http://localhost', { createConnection: () => connectSocket(socketPath) });
  session.on('error', () => undefined); // each call says so too
  return connectionOf(session, { 'containerd-namespace': namespace });
}

function connectionOf(session: ClientHttp2Session, headers: Readonly<Record<string, string>>): Connection {
  const stream: Connection['stream'] = async (name, request) => {
    const { path, request: schema, response } = METHODS[name];
    const body = encode(schema, request);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(body.length, 1);
    const answers = await exchange(session, { ...headers, ':path': path }, Buffer.concat([head, body]));
    return answers.map((bytes) => decode(response, bytes));
  };
  return {
    stream,
    call: async (name, request) => (await stream(name, request))[0] ?? {},
    withLease: (lease) => connectionOf(session, { ...headers, 'containerd-lease': lease }),
    close: () => session.close(),
  };
}

async function exchange(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<Buffer[]> {
  return await new Promise((resolve, reject) => {
    const request = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const pieces: Buffer[] = [];
    let status: { readonly code: number; readonly message: string } | undefined;
    const note = (found: Readonly<Record<string, unknown>>): void => {
      if (found['grpc-status'] === undefined) return;
      const message = typeof found['grpc-message'] === 'string' ? found['grpc-message'] : '';
      status = { code: Number(found['grpc-status']), message: decodeURIComponent(message) };
    };
    request.on('response', note);
    request.on('trailers', note);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', reject);
    request.on('close', () => {
      if (status === undefined) reject(new GrpcError(14, 'error reading from server: EOF'));
      else if (status.code !== 0) reject(new GrpcError(status.code, status.message));
      else resolve(messagesIn(Buffer.concat(pieces)));
    });
    request.end(body);
  });
}

function messagesIn(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + HEAD_BYTES + bytes.readUInt32BE(at + 1);
    messages.push(bytes.subarray(at + HEAD_BYTES, end));
    at = end;
  }
  return messages;
}
