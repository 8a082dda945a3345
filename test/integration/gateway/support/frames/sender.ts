import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/**
 * Runs inside the bottle: sends bytes inside TLS, each on a separate connection, and prints for each the answer that
 * ends something: `goaway CODE`, `reset CODE`, `answered`, or `closed`.
 *   node sender.mjs GATEWAY HOST:PORT < [[HEX, STREAM], ...]
 */

const [, , gateway = '', target = ''] = process.argv;
const PATIENCE_MS = 5_000;
const HEAD_BYTES = 9;
const [DATA, HEADERS, RESET, GOAWAY, END_STREAM] = [0, 1, 3, 7, 1];

function secured(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const raw = connect(3128, gateway, () => raw.write(`CONNECT ${target} HTTP/1.1\r\n\r\n`));
    raw.once('error', reject);
    raw.once('data', () => {
      const servername = target.replace(/:.*/, '');
      // This program does not judge: the log and the origin do.
      const options = { socket: raw, servername, ALPNProtocols: ['h2'], rejectUnauthorized: false };
      const secure: TLSSocket = connectTls(options, () => resolve(secure));
      secure.once('error', reject);
    });
  });
}

/** Returns what ends the stream or the connection; undefined: nothing yet. */
function endOf(bytes: Buffer, stream: number): string | undefined {
  for (let at = 0; at + HEAD_BYTES <= bytes.length; at += HEAD_BYTES + bytes.readUIntBE(at, 3)) {
    const [type, flags, id] = [bytes[at + 3], bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5)];
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + bytes.readUIntBE(at, 3));
    if (type === GOAWAY && payload.length >= 8) return `goaway ${payload.readUInt32BE(4)}`;
    if (id !== stream) continue;
    if (type === RESET && payload.length === 4) return `reset ${payload.readUInt32BE(0)}`;
    if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) return 'answered';
  }
  return undefined;
}

async function send(hex: string, stream: number): Promise<string> {
  const socket = await secured();
  return await new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const timer = setTimeout(() => finish('nothing'), PATIENCE_MS);
    const finish = (end: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(end);
    };
    socket.on('error', () => undefined).once('close', () => finish('closed'));
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = endOf(bytes, stream);
      if (end !== undefined) finish(end);
    });
    socket.write(Buffer.from(hex, 'hex'));
  });
}

let text = '';
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk as string;
for (const [hex, stream] of JSON.parse(text) as [string, number][])
  process.stdout.write(`${await send(hex, stream).catch((error: Error) => error.message)}\n`);
