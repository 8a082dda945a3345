import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFirstBytes } from '../firstBytes.ts';
import { handleOf } from './handle.ts';
import { joinTunnel } from './join.ts';
import { Wire } from './wire.ts';

/** Two real connections, joined; with and without what Node does not promise. */

let server: Server;
beforeAll(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

/** The two ends of a connection. */
async function pair(): Promise<{ outer: Socket; inner: Socket }> {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const outer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [[inner]] = (await Promise.all([once(server, 'connection'), once(outer, 'connect')])) as [
    [Socket],
    unknown,
  ];
  return { outer, inner: inner.pause() };
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
};

function wireOf(socket: Socket, held = ''): Wire {
  const wire = Wire.of(socket);
  wire.hold(Buffer.from(held));
  return wire;
}

/** Takes from a socket what rewrapping needs, as a Node without it would. */
function withoutHandle(socket: Socket): void {
  Object.defineProperty(handleOf(socket), 'useUserBuffer', { value: undefined });
}

describe.each([
  ['with handles', () => undefined],
  ['without', withoutHandle],
])('%s', (name, prepare: (socket: Socket) => void) => {
  async function tunnel() {
    const [client, host] = [await pair(), await pair()];
    for (const { inner } of [client, host]) prepare(inner);
    expect(handleOf(client.inner) === undefined).toBe(name === 'without');
    return {
      client: client.outer,
      host: host.outer,
      over: joinTunnel(wireOf(client.inner, 'head'), wireOf(host.inner)),
    };
  }

  test('all bytes come through both ways, with the head first; each end ends one way', async () => {
    const { client, host, over } = await tunnel();
    const [up, down] = [randomBytes(5_000_000), randomBytes(7_000_001)];
    const [atHost, atClient] = [readAll(host), readAll(client)];
    client.end(up);
    host.write(down.subarray(0, 1000));
    expect(digest(await atHost)).toBe(digest(Buffer.concat([Buffer.from('head'), up])));
    host.end(down.subarray(1000));
    expect(digest(await atClient)).toBe(digest(down));
    expect(await over).toEqual({ bytes: up.length + down.length, reason: 'closed' });
  });

  test('what was read to decide, what came behind it, and an end', async () => {
    const [client, host] = [await pair(), await pair()];
    for (const { inner } of [client, host]) prepare(inner);
    const wire = Wire.of(client.inner);
    const first = readFirstBytes(wire, {
      maxBytes: 9,
      timeoutMs: 1_000,
      look: (bytes) => bytes.toString().slice(0, 4),
    });
    client.outer.write('head');
    expect(await first).toEqual({ value: 'head' });
    client.outer.end(' and more');
    await new Promise((done) => setTimeout(done, 50));
    const atHost = readAll(host.outer);
    const over = joinTunnel(wire, wireOf(host.inner));
    expect((await atHost).toString()).toBe('head and more');
    host.outer.end();
    client.outer.resume();
    expect((await over).reason).toBe('closed');
  });

  test('a side that is slow holds the other back', async () => {
    const { client, host, over } = await tunnel();
    client.pause();
    const chunk = Buffer.alloc(1 << 20);
    let sent = 0;
    while (
      sent < 100 &&
      (host.write(chunk) ||
        (await Promise.race([
          once(host, 'drain').then(() => true),
          new Promise<false>((done) => setTimeout(done, 300, false)),
        ])))
    )
      sent += 1;
    expect(sent).toBeLessThan(100);
    client.destroy();
    host.destroy();
    await over;
  });

  test('a break is a break on the other side', async () => {
    const { client, host, over } = await tunnel();
    client.resume();
    const broken = once(client, 'error');
    host.resetAndDestroy();
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    expect((await over).reason).toContain('the host broke off');
  });

  test('a side that is gone before ends the other', async () => {
    const [client, host] = [await pair(), await pair()];
    for (const { inner } of [client, host]) prepare(inner);
    host.outer.on('error', () => undefined).resume();
    client.inner.destroy();
    const closed = new Promise((done) => host.outer.once('close', done));
    const { reason } = await joinTunnel(wireOf(client.inner), wireOf(host.inner));
    expect(reason).toContain('the client broke off');
    await closed;
  });
});
