import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openGateway } from './serve.testing.ts';

const GET = 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n';
const CUT = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe';

test.each([
  ['at once: that is the answer', 0, /^HTTP\/1\.1 502 .*in the middle of its answer/s],
  ['later: so is its answer', 8, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nhe$/s],
])('a host breaks off in the middle of its answer %s', async (_, turns, expected) => {
  using gateway = openGateway({
    serve: (connection) => {
      connection.once('data', () => {
        connection.write(CUT);
        void endAfter(turns).then(() => connection.end());
      });
    },
  });
  const client = gateway.connect();
  let said = '';
  client.on('data', (bytes: Buffer) => (said += bytes.toString('latin1'))).on('error', () => undefined);
  client.write(GET);
  await Promise.race([once(client, 'close'), untilSaid(() => said.includes('nextStep'))]);
  expect(said).toMatch(expected);
  client.destroy();
});

async function endAfter(turns: number): Promise<void> {
  for (let turned = 0; turned < turns; turned += 1) await turn();
}

async function untilSaid(isSaid: () => boolean): Promise<void> {
  while (!isSaid()) await turn();
}
