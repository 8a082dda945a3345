import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openGateway } from '../serve.testing.ts';

const GET = 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n';
const CUT = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe';

test.each([0, 8])(
  'an answer that breaks off after %d turns is cut, and the log states the reason',
  async (turns) => {
    using gateway = openGateway({
      serve: (connection) => {
        connection.once('data', () => {
          connection.write(CUT);
          void after(turns).then(() => connection.end());
        });
      },
    });
    const client = gateway.connect();
    let said = '';
    client.on('data', (bytes: Buffer) => (said += bytes.toString('latin1'))).on('error', () => undefined);
    client.write(GET);
    await expect.poll(() => gateway.log()).toContain('"event":"end"');
    expect(gateway.log()).toContain('the upstream closed the connection in the middle of its answer');
    expect([client.destroyed, said.endsWith('hello')]).toEqual([true, false]);
  },
);

async function after(turns: number): Promise<void> {
  for (let turned = 0; turned < turns; turned += 1) await turn();
}
