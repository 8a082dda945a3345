import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readFirstBytes } from './first-bytes.ts';
import { Wire } from './wire.ts';

/** The result for a client with this behaviour, where the reader expects a line. */
async function beginning(act: (client: Socket) => void, timeoutMs = 60_000): Promise<unknown> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  const [socket] = await once(server, 'connection');
  act(client);
  const look = (bytes: Buffer): string | undefined =>
    bytes.includes('\n') ? bytes.toString().trim() : undefined;
  const first = await readFirstBytes(Wire.of(socket), { maxBytes: 100, timeoutMs, look });
  client.destroy();
  socket.destroy();
  server.close();
  return first;
}

const CLOSED = 'closed before a complete message';
const BROKE = 'broke off before a complete message';

test.each<[string, (client: Socket) => void, unknown]>([
  ['says it', (client) => client.write('hello\n'), { value: 'hello' }],
  ['closes without a byte', (client) => client.end(), { failed: CLOSED, isUnused: true }],
  ['breaks off without a byte', (client) => client.resetAndDestroy(), { failed: BROKE, isUnused: true }],
  ['closes within it', (client) => client.end('hel'), { failed: CLOSED, isUnused: false }],
  [
    'says too much',
    (client) => client.write('x'.repeat(101)),
    { failed: 'sent too much before a complete message', isUnused: false },
  ],
])('the first bytes of a client that %s', async (_, act, first) => {
  expect(await beginning(act)).toEqual(first);
});

test('a silent client has not left, so its connection does not count as unused', async () => {
  const first = await beginning(() => undefined, 1);
  expect(first).toEqual({ failed: 'sent no complete message in time', isUnused: false });
});
