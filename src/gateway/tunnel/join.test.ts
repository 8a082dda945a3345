import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../audit/line.ts';
import { Budget } from '../budget/budget.ts';
import type { BudgetLimits } from '../config.ts';
import { readFirstBytes } from './first-bytes.ts';
import { acceptWires } from './accept.ts';
import { takeConnections } from './accept.ts';
import { breakAllTunnels, joinTunnel, keepTunnelsAlive } from './join.ts';
import { socketOf, Wire } from './wire.ts';

/** Two real connections, joined, with and without the undocumented parts of Node. */

/** Servers that give wires: by handles, and as without handles. */
const SERVERS: Readonly<Record<string, (server: Server, onWire: (wire: Wire) => void) => void>> = {
  'with handles': acceptWires,
  without: (server, onWire) => server.on('connection', (socket) => onWire(Wire.of(socket))),
};

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const joined = (client: Wire, host: Wire, limits: BudgetLimits = {}): Promise<Outcome> =>
  new Promise((end) =>
    joinTunnel(client, host, {
      end,
      budget: new Budget(limits),
      revocation: { whenRevoked: () => undefined },
    }),
  );
const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
};

test('this Node gives access to its handles, and accepted connections do not delay small pieces', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = new Promise<Socket>((resolve) => {
    expect(takeConnections(server, (connection) => resolve(socketOf(connection)))).toBe(true);
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const socket = await accepted;
  const ask = 'use Socket qw(:all); print unpack "i", getsockopt STDIN, IPPROTO_TCP, TCP_NODELAY';
  const perl = spawn('perl', ['-e', ask], { stdio: [socket, 'pipe', 'inherit'] });
  expect(String(await once(perl.stdout ?? socket, 'data'))).toBe('1');
  client.destroy();
  socket.destroy();
  server.close();
});

/**
 * Returns whether a keep-alive timer (02) runs on the socket whose peer has this port: proc_net_tcp.rst of the kernel.
 */
function keepsAlive(peerPort = 0): boolean {
  const peer = `:${peerPort.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const row = rows.find(([, , remote]) => remote?.endsWith(peer));
  if (row === undefined) throw new Error(`no socket whose peer is at ${peerPort}`);
  return row[5]?.startsWith('02:') === true;
}

describe.each(Object.keys(SERVERS))('%s', (kind) => {
  let server: Server;
  let onWire: (wire: Wire) => void;
  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    SERVERS[kind]?.(server, (wire) => onWire(wire));
  });
  afterAll(() => void server.close());

  /** The two ends of a connection. */
  async function pair(): Promise<{ outer: Socket; inner: Wire }> {
    const { port } = server.address() as AddressInfo;
    const inner = new Promise<Wire>((resolve) => (onWire = resolve));
    const outer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(outer, 'connect');
    return { outer, inner: await inner };
  }

  async function tunnel() {
    const [client, host] = [await pair(), await pair()];
    client.inner.hold(Buffer.from('head'));
    return { client: client.outer, host: host.outer, over: joined(client.inner, host.inner) };
  }

  test('all bytes pass both ways, with the head first, and each end ends one direction', async () => {
    const { client, host, over } = await tunnel();
    const [up, down] = [randomBytes(5_000_000), randomBytes(7_000_001)];
    const [atHost, atClient] = [readAll(host), readAll(client)];
    client.end(up);
    host.write(down.subarray(0, 1000));
    expect(digest(await atHost)).toBe(digest(Buffer.concat([Buffer.from('head'), up])));
    host.end(down.subarray(1000));
    expect(digest(await atClient)).toBe(digest(down));
    expect(await over).toEqual({
      bytes: up.length + down.length,
      up: up.length,
      down: down.length,
      reason: 'closed',
    });
  });

  test('a tunnel is broken off before the chunk that would exceed the limit', async () => {
    const [client, host] = [await pair(), await pair()];
    const over = joined(client.inner, host.inner, { maxBytes: 10 });
    const broken = once(client.outer, 'error');
    client.outer.write('0123456789');
    expect(String(await once(host.outer, 'data'))).toBe('0123456789');
    const more: Buffer[] = [];
    client.outer.on('data', (chunk: Buffer) => more.push(chunk));
    host.outer.on('error', () => undefined).write('x');
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await over).toMatchObject({ reason: 'the bottle has used up its max_bytes of 10' });
    expect(more).toEqual([]);
  });

  test('tunnels end once each, in any order, and the remaining ones end together', async () => {
    const ended: number[] = [];
    const tunnels = [];
    for (const index of Array(6).keys()) {
      const one = await tunnel();
      one.client.on('error', () => undefined);
      one.host.on('error', () => undefined);
      tunnels.push({ ...one, over: one.over.then(() => ended.push(index)) });
    }
    // First one whose index the last entry takes over, then that entry, then the entry that is last now.
    for (const index of [1, 0, 5]) {
      tunnels[index]?.client.resetAndDestroy();
      await tunnels[index]?.over;
    }
    expect(ended).toEqual([1, 0, 5]);
    breakAllTunnels();
    await Promise.all(tunnels.map(async ({ over }) => await over));
    expect(new Set(ended.slice(3))).toEqual(new Set([2, 3, 4]));
    expect(ended).toHaveLength(6);
  });

  test('a long tunnel makes the kernel check for a silent host', async () => {
    const { client, host, over } = await tunnel();
    expect(keepsAlive(host.localPort)).toBe(false);
    keepTunnelsAlive();
    // An earlier write may still wait for its acknowledgement, by the same timer.
    await expect.poll(() => keepsAlive(host.localPort)).toBe(true);
    client.destroy();
    host.destroy();
    await over;
  });

  test('the tunnel passes bytes read before the decision, bytes behind them, and an end', async () => {
    const [client, host] = [await pair(), await pair()];
    const wire = client.inner;
    const first = readFirstBytes(wire, {
      maxBytes: 9,
      timeoutMs: 30_000,
      look: (bytes) => bytes.toString().slice(0, 4),
    });
    client.outer.write('head');
    expect(await first).toEqual({ value: 'head' });
    client.outer.end(' and more');
    await new Promise((done) => setTimeout(done, 50));
    const atHost = readAll(host.outer);
    const over = joined(wire, host.inner);
    expect((await atHost).toString()).toBe('head and more');
    host.outer.end();
    client.outer.resume();
    expect((await over).reason).toBe('closed');
  });

  test('a slow side slows the other side down', async () => {
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

  test('a broken connection breaks the other side', async () => {
    const { client, host, over } = await tunnel();
    client.resume();
    const broken = once(client, 'error');
    host.resetAndDestroy();
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    expect((await over).reason).toContain('the upstream broke off');
  });

  test('a side that is already gone ends the other', async () => {
    const [client, host] = [await pair(), await pair()];
    host.outer.on('error', () => undefined).resume();
    client.inner.destroy();
    const closed = new Promise((done) => host.outer.once('close', done));
    const { reason } = await joined(client.inner, host.inner);
    expect(reason).toContain('the client broke off');
    await closed;
  });
});
