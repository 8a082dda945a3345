import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openEars } from '../../../src/verify/arena/nonce.ts';
import { isHeard } from '../../../src/verify/arena/beyond/heard-beyond.ts';

const LOOPBACK = '127.0.0.1';

/** Listens on a port of this host, by the requested protocols. */
async function listen({ tcp, udp }: { readonly tcp: boolean; readonly udp: boolean }) {
  const ears = openEars();
  const server = createServer((socket) => {
    const hear = ears.begin('tcp');
    socket.on('data', (chunk) => hear(chunk.toString()));
  }).listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (!tcp) server.close();
  const socket = createSocket('udp4', (message) => ears.begin('udp')(message.toString()));
  socket.bind(port, LOOPBACK);
  await once(socket, 'listening');
  if (!udp) socket.close();
  return {
    ends: { from: LOOPBACK, to: LOOPBACK, port },
    heard: ears.heard,
    close: () => {
      if (tcp) server.close();
      if (udp) socket.close();
    },
  };
}

const ask = async () => await Promise.resolve({ looked: 0 });

test.each([
  [true, true, true],
  [false, true, false],
  [true, false, false],
  [false, false, false],
])(
  "by TCP %s and UDP %s the listener's check reports %s, and a refused packet is no failure",
  async (tcp, udp, isBoth) => {
    const { ends, heard, close } = await listen({ tcp, udp });
    expect(await isHeard({ heard, ask }, ends)).toBe(isBoth);
    close();
  },
);

test("the listener's check fails from an address that is gone, and without an answer", async () => {
  const { ends, heard, close } = await listen({ tcp: true, udp: true });
  expect(await isHeard({ heard, ask }, { ...ends, from: '198.51.100.254' })).toBe(false);
  expect(await isHeard({ heard, ask: async () => await Promise.resolve('it ended') }, ends)).toBe(false);
  close();
});
