import { once } from 'node:events';
import { connect as connectRaw, createServer, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { connect, createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../tls/authority/authority.ts';
import { constraintsOf } from '../tls/authority/names.ts';
import { keepNothing, readShared } from './shared-reads.ts';

const HOST = 'allowed.test';
const RULE = { id: 'one', host: HOST, port: 443, scheme: 'https', opensTls: true } as const;
const authority = createAuthority('bottle', constraintsOf({ allow: [RULE], deny: [] }));
const { certificate: cert, key } = authority.issue(HOST);
const secureContext = createSecureContext({ cert, key });

const accepted: ((secure: TLSSocket) => void)[] = [];
const server = createServer((socket) => {
  const secure = new TLSSocket(socket, { isServer: true, secureContext });
  secure.on('error', () => undefined).once('secure', () => accepted.shift()?.(secure));
});
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

interface Pair {
  readonly client: TLSSocket;
  readonly served: TLSSocket;
}

/** `raw`: the transport below the client's TLS. */
async function pair(raw = connectRaw((server.address() as AddressInfo).port, '127.0.0.1')): Promise<Pair> {
  const served = new Promise<TLSSocket>((resolve) => accepted.push(resolve));
  const client = connect({ socket: raw, servername: HOST, ca: authority.certificate });
  await once(client, 'secureConnect');
  return { client, served: await served };
}

/** Different content for each connection, so that bytes of one cannot pass for those of another. */
const contentOf = (seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * seed) % 251));

/** Writes in pieces from one byte to more than a TLS record holds. */
async function write(to: TLSSocket, content: Buffer): Promise<void> {
  for (let at = 0, length = 1; at < content.length; at += length, length = (length * 3) % 20_011) {
    to.write(content.subarray(at, at + length));
    await new Promise((resolve) => setImmediate(resolve));
  }
  to.end();
}

const byEvents = async (stream: Duplex): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'end');
  return Buffer.concat(pieces);
};

const haltingly = async (stream: Duplex): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece);
    stream.pause();
    setImmediate(() => stream.resume());
  });
  await once(stream, 'end');
  return Buffer.concat(pieces);
};

const READERS = { 'by events': byEvents, haltingly: haltingly, 'as an iterator': buffer };

describe.each(Object.entries(READERS))('shared reads %s', (_, read) => {
  test.each([true, false])(
    'deliver all bytes as sent, on several connections at once (keeping nothing: %s)',
    async (isSo) => {
      const pairs = await Promise.all(Array.from({ length: 4 }, async () => await pair()));
      const seen = pairs.map(async ({ client, served }, at) => {
        const contents = [contentOf(7 + at), contentOf(70 + at)] as const;
        for (const side of [client, served]) {
          expect(readShared(side)).toBe(true);
          keepNothing(side, isSo);
        }
        const results = Promise.all([read(client), read(served)]);
        await Promise.all([write(served, contents[0]), write(client, contents[1])]);
        const [down, up] = await results;
        return down.equals(contents[0]) && up.equals(contents[1]);
      });
      expect(await Promise.all(seen)).toEqual([true, true, true, true]);
    },
  );
});

test('deliver earlier bytes before later ones', async () => {
  const { client, served } = await pair();
  served.write('one, ');
  await once(client, 'readable');
  expect(readShared(client)).toBe(true);
  served.end('two');
  expect(await text(client)).toBe('one, two');
  client.destroy();
});

test('read no more for a paused reader than its stream holds', async () => {
  const { client, served } = await pair();
  readShared(served);
  served.once('data', () => served.pause());
  client.write(Buffer.alloc(64 * 1024 ** 2));
  await once(served, 'data');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(served.readableLength).toBeLessThan(1024 ** 2);
  expect(client.writableLength).toBeGreaterThan(0);
  client.destroy();
  served.destroy();
});

test('read no more for a reader that pauses and resumes repeatedly', async () => {
  const { client, served } = await pair();
  readShared(served);
  client.on('error', () => undefined).write(Buffer.alloc(64 * 1024 ** 2));
  for (const endMs = Date.now() + 300; Date.now() < endMs;) {
    served.resume();
    served.pause();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(served.readableLength).toBeGreaterThan(0);
  expect(served.readableLength).toBeLessThan(1024 ** 2);
  client.destroy();
  served.destroy();
});

test('tell a paused reader that the other side has broken off', async () => {
  const raw = connectRaw((server.address() as AddressInfo).port, '127.0.0.1');
  const { client, served } = await pair(raw);
  readShared(served);
  const closed = new Promise((resolve) => served.once('close', resolve));
  served.pause();
  client.write('what nobody takes');
  await new Promise((resolve) => setTimeout(resolve, 20));
  raw.resetAndDestroy();
  await closed;
  expect(served.destroyed).toBe(true);
});

test('share memory for small reads only with readers that keep nothing', async () => {
  const { client, served } = await pair();
  readShared(client);
  const memory = async (): Promise<number> => {
    const coming = once(client, 'data');
    served.write('small');
    const [piece] = (await coming) as [Buffer];
    return piece.buffer.byteLength;
  };
  expect(await memory()).toBe(5);
  keepNothing(client, true);
  expect(await memory()).toBe(Buffer.poolSize);
  keepNothing(client, false);
  expect(await memory()).toBe(5);
  client.destroy();
});

test('leave sockets with other internals unchanged', () => {
  const secure = Object.defineProperty(new TLSSocket(undefined as never), '_handle', { value: {} });
  expect(readShared(secure)).toBe(false);
  secure.destroy();
});

test('keep many short unread pieces in few buffers, before later bytes and the end', async () => {
  const { client, served } = await pair();
  readShared(served);
  served.pause();
  const content = contentOf(3).subarray(0, 3_000);
  for (const byte of content.subarray(0, 2_000))
    await new Promise((written) => client.write(Buffer.of(byte), written));
  await expect.poll(() => served.bytesRead).toBe(2_000);
  const pieces: Buffer[] = [];
  served.on('data', (piece: Buffer) => pieces.push(piece)).resume();
  await expect.poll(() => Buffer.concat(pieces).length).toBe(2_000);
  client.end(content.subarray(2_000));
  await once(served, 'end');
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  expect(pieces.length).toBeLessThan(20);
});

test('deliver the end to a paused reader after all short reads', async () => {
  const { client, served } = await pair();
  readShared(served);
  served.pause();
  for (const byte of Buffer.from('all of it'))
    await new Promise((written) => client.write(Buffer.of(byte), written));
  client.end();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await text(served)).toBe('all of it');
});

test('let no more in by short reads than by long reads while the reader is paused', async () => {
  const { client, served } = await pair();
  readShared(served);
  served.pause();
  for (let count = 0; count < 3_000; count += 1)
    await new Promise((written) => client.write(Buffer.alloc(100), written));
  for (const endMs = Date.now() + 200; Date.now() < endMs;) {
    served.resume();
    served.pause();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(served.bytesRead).toBeGreaterThan(16_384);
  expect(served.bytesRead).toBeLessThan(150_000);
  client.destroy();
  served.destroy();
});
