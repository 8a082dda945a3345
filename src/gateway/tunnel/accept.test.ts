import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { acceptSockets } from './accept.ts';

test('what a paused connection sends waits with who sends it', async () => {
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => acceptSockets(server, resolve));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true);
  const socket = await accepted;
  socket.pause();
  for (let count = 0; count < 100; count += 1) {
    await new Promise((written) => client.write('a', written));
    await new Promise((turned) => setImmediate(turned));
  }
  expect(socket.readableLength).toBeLessThan(10);
  let length = 0;
  socket.on('data', (bytes: Buffer) => (length += bytes.length)).resume();
  await expect.poll(() => length).toBe(100);
  client.destroy();
  socket.destroy();
  server.close();
});
