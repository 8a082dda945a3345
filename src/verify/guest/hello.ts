import { send, tunnel } from './wire.ts';

/** Builds ClientHellos by hand (RFC 8446, 4.1.2), with the nonce as the protocol that they offer (ALPN). */

const sized = (size: number, content: Buffer): Buffer => {
  const length = Buffer.alloc(size);
  length.writeUIntBE(content.length, 0, size);
  return Buffer.concat([length, content]);
};

const SERVER_NAME = 0;
const ALPN = 16;
/** The extension type of Encrypted ClientHello (RFC 9849). */
export const ECH = 0xfe0d;

type Extension = readonly [type: number, content: Buffer];

/** The variable parts of a ClientHello. */
export interface Hello {
  /** The names of the server name extension; without any, the extension is left out. */
  readonly names?: readonly string[];
  readonly extensions?: readonly Extension[];
  /** The maximum size of a record, in bytes. */
  readonly recordBytes?: number;
}

function helloOf(nonce: string, { names = [], extensions = [], recordBytes = 16_384 }: Hello): Buffer {
  const entries = names.map((name) => Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(name))]));
  const all: readonly Extension[] = [
    ...(names.length === 0 ? [] : [[SERVER_NAME, sized(2, Buffer.concat(entries))] as const]),
    ...extensions,
    [ALPN, sized(2, sized(1, Buffer.from(nonce)))],
  ];
  const list = all.map(([type, content]) =>
    Buffer.concat([Buffer.from([type >> 8, type & 255]), sized(2, content)]),
  );
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    sized(1, Buffer.alloc(0)),
    sized(2, Buffer.from([0x13, 0x01, 0xc0, 0x2f])),
    sized(1, Buffer.from([0])),
    sized(2, Buffer.concat(list)),
  ]);
  const message = Buffer.concat([Buffer.from([1]), sized(3, body)]);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += recordBytes) {
    records.push(Buffer.concat([Buffer.from([22, 3, 1]), sized(2, message.subarray(at, at + recordBytes))]));
  }
  return Buffer.concat(records);
}

/** The canary's answer: it speaks no TLS (RFC 8446, 6.2). */
const HANDSHAKE_FAILURE = 40;

/** Sends a ClientHello into a tunnel, even after a refused CONNECT. @throws Error with the refusal's text */
export async function helloTo(target: string, nonce: string, hello: Hello): Promise<void> {
  const { socket, answer } = await tunnel(target);
  socket.setEncoding('latin1');
  const reply = await send(socket, helloOf(nonce, hello));
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer === '' ? 'connection closed' : answer);
  const alert = reply.charCodeAt(6);
  if (alert !== HANDSHAKE_FAILURE) throw new Error(reply === '' ? 'connection closed' : `TLS alert ${alert}`);
}
