import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { openGateway } from './serve.testing.ts';

/** Content that a host does not take lies in the gateway's memory: of all requests together, no more than so much. */

const PART = Buffer.alloc(8 * 1024 ** 2, 'x');
const HEAD = `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${PART.length}\r\n\r\n`;
const UPLOAD = Buffer.concat([Buffer.from(HEAD), PART]);
const DONE = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

test('what waits for hosts has room together, which is there again when an answer is over or nobody waits for it', async () => {
  const hosts: Duplex[] = [];
  let isTaken: (host: Duplex) => void = () => undefined;
  using gateway = openGateway({ serve: (connection) => isTaken(connection.resume()) });
  /** Until a host has it, or it is refused. */
  const upload = async (): Promise<{ client: Duplex; told: string }> => {
    const client = gateway.connect();
    const taken = new Promise<string>((resolve) => {
      isTaken = (host) => {
        hosts.push(host);
        resolve('');
      };
    });
    client.write(UPLOAD);
    const answer = once(client, 'data').then(([bytes]) => String(bytes));
    return { client, told: await Promise.race([answer, taken]) };
  };
  const clients: Duplex[] = [];
  for (let number = 0; number < 12; number += 1) {
    const { client, told } = await upload();
    expect(told).toBe('');
    clients.push(client);
  }
  const refused = /^HTTP\/1.1 502 .*too many bodies at once/s;
  expect((await upload()).told).toMatch(refused);

  const isAnswered = once(clients[0]!, 'data');
  const isGone = once(hosts[1]!, 'close');
  hosts[0]?.write(DONE);
  clients[1]?.destroy();
  await Promise.all([isAnswered, isGone]);
  expect([(await upload()).told, (await upload()).told]).toEqual(['', '']);
  expect((await upload()).told).toMatch(refused);
});
