import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Cleanup } from '../cleanup.ts';

/**
 * A proxy that allows everything and parses requests as a careless program would. It replaces the gateway for an agent
 * in the open, to prove that attempts to mislead a gateway work when nothing judges them. It listens on loopback during
 * the attempts.
 */
export interface OpenProxy extends AsyncDisposable {
  readonly url: string;
}

/** Opens it. `pinned`: the address for all names of the policy, and for all names that contain its domain. */
export async function openOpenProxy(pinned: string): Promise<OpenProxy> {
  await using opened = new Cleanup();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client.on('close', () => sockets.delete(client)));
    serve(client, pinned);
  });
  opened.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const kept = new Cleanup();
  kept.takeOver(opened);
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => await kept[Symbol.asyncDispose](),
  };
}

const HEAD_END = /\r?\n\r?\n/;
const CONNECT = /^CONNECT ([^]*?) HTTP\/1/;
const URL_OF = /^\S+ \s*https?:\/\/([^/]*)/;

/** Reads the target from the first head, and relays everything after it unchanged. */
function serve(client: Socket, pinned: string): void {
  let bytes = Buffer.alloc(0);
  client.on('error', () => client.destroy());
  const read = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const head = bytes.toString('utf8');
    if (!HEAD_END.test(head)) return;
    client.off('data', read);
    client.pause();
    const tunnel = CONNECT.exec(head)?.[1];
    const target = tunnel ?? URL_OF.exec(head)?.[1] ?? '';
    const end = /\r?\n\r?\n/.exec(bytes.toString('latin1'));
    const rest = tunnel === undefined || end === null ? bytes : bytes.subarray(end.index + end[0].length);
    join(client, { ...endpointOf(target, pinned), rest, isTunnel: tunnel !== undefined });
  };
  client.on('data', read);
}

interface Way {
  readonly host: string;
  readonly port: number;
  /** The bytes to send to the other side first. */
  readonly rest: Buffer;
  readonly isTunnel: boolean;
}

/** Closes the connection if the target cannot be reached. */
function join(client: Socket, { host, port, rest, isTunnel }: Way): void {
  const upstream = connect(port, host);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  upstream.on('connect', () => {
    if (isTunnel) client.write('HTTP/1.1 200 OK\r\n\r\n');
    upstream.write(rest);
    client.pipe(upstream).pipe(client);
  });
}

/**
 * Parses as C programs and quick scripts do: the last number is the port, escapes are decoded, odd characters end a
 * name.
 */
function endpointOf(text: string, pinned: string): { readonly host: string; readonly port: number } {
  const [, name = '', port = ''] = /^([^]*):([^:]*)$/.exec(text) ?? [];
  const marks = /[\0-\x20\x7f#/\\?;,]/;
  const [authority = ''] = unescaped(name).split(marks);
  const behind = authority.split('@').at(-1) ?? '';
  const host = behind.replace(/^\[|\].*$/g, '').replace(/^([^:]*):\d+$/, '$1');
  return {
    host: /bot-bottle.test/i.test(host) ? pinned : host.replace(/\.$/, ''),
    // Truncates large numbers to 16 bits.
    port: Number(port.replace('+', '')) & 0xffff,
  };
}

const unescaped = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
