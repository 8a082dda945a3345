import { once } from 'node:events';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { giveRoom, MOST_ROOM_BYTES, takeRoom } from './room.ts';
import { openGateway, type TestGateway } from '../http/serve.testing.ts';

/** Content that has not left is in the gateway's memory: the limit is for all requests together. */

const PART = Buffer.alloc(250_000, 'x');
/** Room for four parts. */
const LEFT_BYTES = 1024 ** 2;
const DONE = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const REFUSED = /too many bodies at once/;

let takenBytes: number;
/** Tests of other files may have left room taken. */
beforeEach(() => {
  takenBytes = 0;
  for (let bytes = MOST_ROOM_BYTES; bytes >= 1; bytes = Math.floor(bytes / 2))
    while (takeRoom(bytes)) takenBytes += bytes;
  giveRoom(LEFT_BYTES);
});
/** The test gave all room back, and none of it twice. */
afterEach(() => {
  const isAllBack = takeRoom(LEFT_BYTES) && !takeRoom(1);
  giveRoom(takenBytes);
  if (!isAllBack) throw new Error('not all was given back, or too much');
});

interface Upload {
  readonly client: Duplex;
  readonly answer: Promise<string>;
  /** The answer to the client, unless a host received the request before. */
  readonly told: string;
}

/** Uploads a part over HTTP/1.1. */
async function upload(gateway: TestGateway, hosts: Hosts): Promise<Upload> {
  const client = gateway.connect();
  const taken = hosts.next();
  const answer = once(client, 'data').then(([bytes]) => String(bytes));
  client.write(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${PART.length}\r\n\r\n`);
  client.write(PART);
  return { client, answer, told: await Promise.race([answer, taken.then(() => '')]) };
}

/** Hosts that do not read. */
class Hosts {
  readonly all: Duplex[] = [];
  #taken: () => void = () => undefined;
  readonly serve = (connection: Duplex): void => {
    this.all.push(connection);
    this.#taken();
  };
  next(): Promise<void> {
    return new Promise((resolve) => (this.#taken = resolve));
  }
}

test('content that waits for hosts shares a limited room, and frees it when it is over', async () => {
  const hosts = new Hosts();
  using gateway = openGateway({ serve: hosts.serve, rule: { dlp: 'block' } });
  const uploads: Upload[] = [];
  const told = async (): Promise<string> => {
    uploads.push(await upload(gateway, hosts));
    return uploads.at(-1)?.told ?? '';
  };
  for (let number = 0; number < 4; number += 1) expect(await told()).toBe('');
  expect(await told()).toMatch(REFUSED);

  const isGone = once(hosts.all[1]!, 'close');
  hosts.all[0]?.write(DONE);
  uploads[1]?.client.destroy();
  await Promise.all([uploads[0]?.answer, isGone]);
  expect([await told(), await told()]).toEqual(['', '']);
  expect(await told()).toMatch(REFUSED);

  for (const host of hosts.all) host.destroy();
  const left = uploads.filter(({ client }) => client !== uploads[1]?.client);
  expect(await Promise.all(left.map(async ({ answer }) => await answer))).toHaveLength(7);
});

test('over HTTP/2 the gateway keeps nothing of an answer before its host has read the request', async () => {
  const streams: ServerHttp2Stream[] = [];
  const server = createHttp2Server({ settings: { initialWindowSize: 0 } });
  // Without a reader, the server would end the request itself.
  server.on('stream', (stream) => streams.push(stream.on('error', () => undefined).resume()));
  using gateway = openGateway({
    protocol: 'h2',
    rule: { dlp: 'block' },
    serve: (connection) => void server.emit('connection', connection),
  });
  const client = connectHttp2('https://a.test', { createConnection: gateway.connect });
  for (let number = 0; number < 6; number += 1) {
    const request = client.request({ ':method': 'POST', 'content-length': PART.length });
    request.on('error', () => undefined).end(PART);
    const isAnswered = once(request, 'response');
    const [stream] = (await once(server, 'stream')) as [ServerHttp2Stream];
    const isOver = once(stream, 'close');
    stream.respond({ ':status': 200 }, { endStream: true });
    const [head] = (await isAnswered) as [Record<string, unknown>];
    expect(head[':status']).toBe(200);
    request.resume();
    await isOver;
    if (!request.closed) await once(request, 'close');
  }
  client.destroy();
});
