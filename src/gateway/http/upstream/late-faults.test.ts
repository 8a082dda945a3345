import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { hasFailed, tellLater } from './late-faults.ts';

const PIECE = Buffer.alloc(16_384);

interface Heard {
  readonly said: string;
  readonly code: string;
  readonly isKnown: boolean;
}

/**
 * An upstream answers the first bytes and closes, while the client has written more. Returns what the client reads, and
 * its error.
 */
async function heardBy(prepare: (socket: Socket) => void): Promise<Heard> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  let [said, code] = ['', ''];
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const [upstream] = (await once(server, 'connection')) as [Socket];
  prepare(socket);
  await new Promise((resolve) => socket.write(PIECE, resolve));
  upstream.on('error', () => undefined).pause();
  await new Promise((resolve) => upstream.write('too large', resolve));
  upstream.resetAndDestroy(); // as the kernel does with unread bytes
  await once(upstream, 'close');
  for (let count = 0; count < 4; count += 1) socket.write(PIECE);
  const isKnown = hasFailed(socket);
  socket.on('data', (bytes: Buffer) => (said += bytes.toString())).resume();
  await closed;
  server.close();
  return { said, code, isKnown };
}

test('without it, what an upstream said before it closed is lost with the next write (control)', async () => {
  expect(await heardBy(() => undefined)).toEqual({
    said: '',
    code: expect.stringMatching(/EPIPE|ECONNRESET/),
    isKnown: false,
  });
});

test('what an upstream said before it closed is heard, and then that it has', async () => {
  expect(await heardBy(tellLater)).toEqual({
    said: 'too large',
    code: expect.stringMatching(/EPIPE|ECONNRESET/),
    isKnown: true,
  });
});
