import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs inside the bottle: uses tunnels in one of several ways, and prints the result.
 *   tunnel-client.mjs WAY PORT [NUMBER]
 */

const [way = '', port = '', number = '0'] = process.argv.slice(2);

async function openTunnel(): Promise<Socket> {
  const socket = connect({ host: '127.200.0.1', port: 3128, allowHalfOpen: true });
  socket.write(`CONNECT allowed.test:${port} HTTP/1.1\r\n\r\n`);
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    await once(socket, 'readable');
    for (let byte: Buffer | null; !head.includes('\r\n\r\n') && (byte = socket.read(1) as Buffer | null);)
      head += byte.toString();
  }
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(head);
  return socket;
}

const hashOf = async (socket: Socket, skip: number): Promise<string> => {
  const hash = createHash('sha256');
  let left = skip;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    hash.update(chunk.subarray(Math.min(left, chunk.length)));
    left -= Math.min(left, chunk.length);
  }
  return hash.digest('hex');
};

const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Sends random bytes in odd pieces to an echo, and compares the answer. */
  echo: async () => {
    const socket = await openTunnel();
    const hash = createHash('sha256');
    const received = hashOf(socket, 'hello\n'.length);
    for (let sent = 0, size = 1; sent < Number(number); sent += size, size = ((size * 7) % 300_007) + 1) {
      const bytes = randomBytes(size);
      hash.update(bytes);
      if (!socket.write(bytes)) await once(socket, 'drain');
    }
    socket.end();
    return (await received) === hash.digest('hex') ? 'the same' : 'other bytes';
  },
  /** Sends everything, ends, and then reads the answer. */
  upload: async () => {
    const socket = await openTunnel();
    const chunk = Buffer.alloc(65_536);
    for (let sent = 0; sent < Number(number); sent += chunk.length) {
      if (!socket.write(chunk)) await once(socket, 'drain');
    }
    socket.end();
    return (await socket.toArray()).join('');
  },
  /** Sends everything, including the request, in one piece, and ends. */
  once: async () => {
    const socket = connect({ host: '127.200.0.1', port: 3128, allowHalfOpen: true });
    socket.end(`CONNECT allowed.test:${port} HTTP/1.1\r\n\r\nfive!`);
    return (await socket.toArray()).join('').split('\r\n\r\n')[1];
  },
  /** Receives the end first, and continues to send. */
  late: async () => {
    const socket = await openTunnel();
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await once(socket, 'end');
    for (let sent = 0; sent < Number(number); sent += 1000) {
      socket.write(Buffer.alloc(1000));
      await sleep(1);
    }
    socket.end();
    return heard;
  },
  /** The peer resets the connection. */
  reset: async () => {
    const socket = await openTunnel();
    socket.write('x');
    return await new Promise((resolve) => {
      socket
        .on('end', () => resolve('a clean end'))
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.resume();
    });
  },
  /** Resets the connection. */
  leave: async () => {
    const socket = await openTunnel();
    await once(socket, 'readable');
    socket.resetAndDestroy();
    return 'gone';
  },
  /** Opens many at once, each with different content. */
  many: async () => {
    const one = async (index: number): Promise<boolean> => {
      const socket = await openTunnel();
      socket.end(`${index}`);
      return (await socket.toArray()).join('') === `hello\n${index}`;
    };
    const all = await Promise.all(Array.from({ length: Number(number) }, (_, index) => one(index)));
    return all.filter(Boolean).length;
  },
  /** Opens a tunnel and does not read. */
  stall: async () => {
    const socket = await openTunnel();
    socket.pause();
    await sleep(Number(number));
    socket.destroy();
    return 'stalled';
  },
  /** Opens connections and sends nothing; returns how many are open after a while. */
  crowd: async () => {
    const sockets = Array.from({ length: Number(number) }, () =>
      connect(Number(port), '127.200.0.1').on('error', () => undefined),
    );
    await sleep(1_500);
    const open = sockets.filter((socket) => socket.readyState === 'open' && !socket.readableEnded).length;
    for (const socket of sockets) socket.destroy();
    return open;
  },
};

process.stdout.write(JSON.stringify(await WAYS[way]?.()));
