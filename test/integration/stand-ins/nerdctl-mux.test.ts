import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';

/** Both ends of a machine's way out (assets/nerdctl/mux.pl), on this host, with a server in place of the gateway. */

const ADDRESS = '127.213.0.7';
const PORT = 3128;
const MANY_BYTES = 3 * 1024 * 1024;
const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step();
});

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

function startOutside(): ChildProcess {
  const args = [assetPath('nerdctl/outside.pl'), 'BOT_BOTTLE_ID=none', ADDRESS, '3'];
  const child = spawn('perl', args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  undo.push(() => void child.kill('SIGKILL'));
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  return child;
}

/**
 * Starts both ends, connected as nerdctl connects them; returns the socket in the machine that leads to the gateway's
 * proxy.
 */
async function openBoth() {
  const dir = mkdtempSync(join(tmpdir(), 'bb-mux-'));
  undo.push(() => rmSync(dir, { recursive: true }));
  const outside = startOutside();
  const options = [
    '--bottle',
    'b',
    '--address',
    ADDRESS,
    '--sockets',
    join(dir, 's'),
    '--home',
    dir,
    '--owner',
    '1:1',
  ];
  const inside = spawn('perl', [assetPath('nerdctl/link.pl'), ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.push(() => void inside.kill('SIGKILL'));
  inside.stdin.on('error', () => undefined);
  inside.stdout.pipe(outside.stdin as Writable);
  (outside.stdout as Readable).pipe(inside.stdin);
  const path = join(dir, 's', 'proxy');
  for (;;) {
    try {
      (await dial(path)).destroy();
      break;
    } catch {
      await sleep(20);
    }
  }
  return { inside, outside, path };
}

async function dial(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  undo.push(() => socket.destroy());
  return socket;
}

async function serve(serveOne: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    undo.push(() => socket.destroy());
    socket.on('error', () => undefined);
    serveOne(socket);
  });
  await new Promise<void>((resolve) => server.listen(PORT, ADDRESS, resolve));
  undo.push(() => server.close());
  return server;
}

/** Reads up to the end; the socket's writing side stays open. */
async function readAll(socket: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await new Promise((resolve, reject) => socket.once('end', resolve).once('error', reject));
  return Buffer.concat(pieces);
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('multiplexed streams', () => {
  test('many streams at once come back unmixed', async () => {
    await serve((socket) => socket.pipe(socket));
    const { path } = await openBoth();
    const round = async (length: number): Promise<void> => {
      const bytes = randomBytes(length);
      const socket = await dial(path);
      socket.end(bytes);
      expect(digestOf(await readAll(socket))).toBe(digestOf(bytes));
    };
    await Promise.all(
      Array.from({ length: 60 }, async (_, number) => await round((number * 51_111) % MANY_BYTES)),
    );
  });

  test('one direction of a stream ends, and the other goes on', async () => {
    await serve((socket) => {
      void readAll(socket).then((bytes) => socket.end(digestOf(bytes)));
    });
    const { path } = await openBoth();
    const bytes = randomBytes(MANY_BYTES);
    const socket = await dial(path);
    socket.end(bytes);
    expect((await readAll(socket)).toString()).toBe(digestOf(bytes));
  });

  test('a stream that nobody reads blocks only itself', async () => {
    const taken: Socket[] = [];
    await serve((socket) => {
      if (taken.push(socket) === 2) socket.pause();
      else socket.pipe(socket);
    });
    const { path } = await openBoth(); // openBoth itself makes the first connection
    const stuck = await dial(path);
    while (stuck.write(randomBytes(65_536)) || stuck.writableLength < MANY_BYTES) await sleep(1);
    await sleep(300);
    expect(stuck.writableLength).toBeGreaterThan(MANY_BYTES / 2);
    const other = await dial(path);
    other.end('on and on');
    expect((await readAll(other)).toString()).toBe('on and on');
  });

  test('a stream to a port without a listener ends', async () => {
    const { path } = await openBoth();
    expect((await readAll(await dial(path))).toString()).toBe('');
  });

  test('the end of one side of a stream ends the other', async () => {
    const { inside, outside } = await openBoth();
    const over = ended(inside);
    outside.kill('SIGKILL');
    expect(await over).toBe(0);
    const again = await openBoth();
    const overThere = ended(again.outside);
    again.inside.kill('SIGKILL');
    expect(await overThere).toBe(0);
  });

  test('the end of the launcher ends the way out', async () => {
    const { inside, outside } = await openBoth();
    const over = Promise.all([ended(inside), ended(outside)]);
    (outside.stdio[3] as Duplex).destroy();
    expect(await over).toEqual([0, 0]);
  });
});

const frame = (letter: string, stream: number, bytes: Buffer | string = ''): Buffer => {
  const header = Buffer.alloc(9);
  header.write(letter, 'latin1');
  header.writeUInt32BE(stream, 1);
  header.writeUInt32BE(Buffer.byteLength(bytes), 5);
  return Buffer.concat([header, Buffer.from(bytes)]);
};
const longHeader = frame('d', 1);
longHeader.writeUInt32BE(0xffff_ffff, 5);
// More than the kernel buffers for a server that reads nothing.
const full = Array.from({ length: 400 }, () => frame('d', 1, Buffer.alloc(65_536)));

describe('a machine that breaks the protocol', () => {
  test.each<readonly [string, readonly Buffer[], RegExp]>([
    ['a frame without end', [longHeader], /4294967295 bytes/],
    ['a stream twice', [frame('o', 1, 'proxy'), frame('o', 1, 'proxy')], /is open/],
    ['a port that the gateway does not have', [frame('o', 1, 'ssh')], /no port/],
    ['the way to a host', [frame('o', 1, '192.0.2.1:80')], /no port/],
    ['more than was granted', [frame('o', 1, 'proxy'), ...full], /more than it may/],
    [
      'bytes after their end',
      [frame('o', 1, 'proxy'), frame('e', 1), frame('d', 1, 'x')],
      /more than it may/,
    ],
    [
      'more taken than was sent',
      [frame('o', 1, 'proxy'), frame('k', 1, Buffer.from([0, 0, 0, 1]))],
      /more was taken/,
    ],
    ['a number that is none', [frame('o', 1, 'proxy'), frame('k', 1, 'x')], /no number/],
    ['an unknown letter', [frame('o', 1, 'proxy'), frame('z', 1)], /unknown frame/],
    ['the launcher’s own word', [frame('g', 0)], /unknown frame/],
  ])('the connection of a machine that breaks the protocol is closed: %s', async (_what, frames, reason) => {
    await serve((socket) => socket.pause());
    const outside = startOutside();
    const said = readAll(outside.stderr as Readable);
    const over = ended(outside);
    for (const one of frames) (outside.stdin as Writable).write(one);
    expect(await over).not.toBe(0);
    expect((await said).toString()).toMatch(reason);
  });

  test('a machine that keeps the protocol is answered (control)', async () => {
    await serve((socket) => socket.pipe(socket));
    const outside = startOutside();
    const bytes = new Promise<Buffer>((resolve) => {
      let got = Buffer.alloc(0);
      (outside.stdout as Readable).on('data', (piece: Buffer) => {
        got = Buffer.concat([got, piece]);
        if (got.includes('hello')) resolve(got);
      });
    });
    for (const one of [frame('o', 1, 'proxy'), frame('d', 1, 'hello')])
      (outside.stdin as Writable).write(one);
    expect((await bytes).includes(frame('d', 1, 'hello'))).toBe(true);
  });

  test('streams above the limit are refused, and memory stays bounded', async () => {
    await serve((socket) => socket.pause());
    const outside = startOutside();
    const refused = new Promise<void>((resolve) => {
      (outside.stdout as Readable).on('data', (piece: Buffer) => {
        if (piece.includes(frame('x', 1_025))) resolve();
      });
    });
    for (let number = 1; number <= 1_025; number += 1)
      (outside.stdin as Writable).write(frame('o', number, 'proxy'));
    await expect(refused).resolves.toBeUndefined();
  });
});

describe('what carries a machine’s connections to the gateway’s sockets (relay.pl)', () => {
  const relayScript = (address: string, dir: string) => `
    use Socket;
    require "${assetPath('handover/ports.pl')}";
    require "${assetPath('attached/relay.pl')}";
    my ($port) = grep { $_->{name} eq 'proxy' } gateway_ports();
    my $opened = { proxy => open_port('${address}', $port) };
    socket $opened->{dnsUdp}, AF_INET, SOCK_DGRAM, 0 or die $!;
    syswrite STDOUT, 'up';
    relay($opened, '${dir}');`;

  test('a relayed connection that is not read blocks no other', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'bb-relay-'));
    undo.push(() => rmSync(dir, { recursive: true }));
    const server = createServer((socket) => {
      undo.push(() => socket.destroy());
      socket.on('error', () => undefined).end(Buffer.alloc(20 * MANY_BYTES));
    });
    await new Promise<void>((resolve) => server.listen(join(dir, 'proxy'), resolve));
    undo.push(() => server.close());
    // A separate address: a port whose connections have just ended cannot be bound again for a minute.
    const address = ['127.213', ...randomBytes(2)].join('.');
    const relay = spawn('perl', ['-e', relayScript(address, dir)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    undo.push(() => void relay.kill('SIGKILL'));
    expect((await once(relay.stdout, 'data')).toString()).toBe('up');
    const open = async (): Promise<Socket> => {
      const socket = connect(PORT, address);
      undo.push(() => socket.destroy());
      await once(socket, 'connect');
      return socket;
    };
    const stuck = (await open()).pause();
    await sleep(500);
    expect(stuck.destroyed).toBe(false);
    expect((await readAll(await open())).length).toBe(20 * MANY_BYTES);
  });
});
