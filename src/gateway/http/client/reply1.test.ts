import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Wire } from '../../tunnel/wire.ts';
import { streamOf } from '../serve.ts';
import { Connection1, type Handler1 } from './h1.ts';
import { GET, KEPT, OK, open, settle } from './h1.testing.ts';

describe('answers to HTTP/1.1 clients', () => {
  const answered = async (request: string, head: object, content: string | undefined): Promise<string> => {
    const { asked, send, said } = open();
    await send(request);
    const reply = asked[0]?.reply;
    if (content === undefined) reply?.begin({ ...OK, ...head }).end();
    else {
      const to = reply?.begin({ ...OK, ...head });
      to?.on('error', () => undefined).write(content.slice(0, 2));
      reply?.addTrailers(['X-Sum', '1']);
      to?.end(content.slice(2));
    }
    await settle();
    return said();
  };

  test.each([
    [
      'in chunks, where nothing says how long it is',
      GET,
      {},
      'Transfer-Encoding: chunked',
      '2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n',
    ],
    ['of a length', GET, { headers: ['Content-Length', '5'] }, 'Content-Length: 5', '\r\n\r\nhello'],
    [
      'to the end of the connection, in HTTP/1.0',
      'GET / HTTP/1.0\r\n\r\n',
      {},
      'Connection: close',
      '\r\n\r\nhello',
    ],
  ])('are written %s', async (...[, request, head, line, end]) => {
    const said = await answered(request, head, 'hello');
    expect(said).toContain(`${line}\r\n`);
    expect(said.endsWith(end)).toBe(true);
  });

  test.each([
    ['HEAD', GET.replace('GET', 'HEAD'), { headers: ['Content-Length', '5'] }, 'Content-Length: 5\r\n'],
    ['304', GET, { status: 304, headers: ['Content-Length', '5'] }, 'Content-Length: 5\r\n'],
    ['204', GET, { status: 204, headers: ['Content-Length', '5'] }, ''],
  ])('contain only a head: %s', async (...[, request, head, lines]) => {
    const status = 'status' in head ? head.status : 200;
    expect(await answered(request, head, undefined)).toBe(`HTTP/1.1 ${status} Fine\r\n${lines}${KEPT}\r\n`);
  });

  test('break off when they are longer or shorter than announced, and no other follows', async () => {
    for (const content of ['hell', 'hello!']) {
      const { asked, send, isGone } = open();
      await send(`${GET}${GET}`);
      const to = asked[0]?.reply.begin({ ...OK, headers: ['Content-Length', '5'] });
      to?.on('error', () => undefined).end(content);
      await settle();
      expect([asked.length, asked[0]?.reply.isFinished(), isGone()]).toEqual([1, false, true]);
    }
  });

  test.each([
    ['before all of the request is here: no other may follow', 'he', false],
    ['to all of it: others may', 'hello', true],
  ])('may come %s', async (_, content, mayFollow) => {
    const { asked, send, said, client } = open();
    await send(`POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n${content}`);
    asked[0]?.reply.whole({ ...OK, status: 413 }, Buffer.from('large'));
    await settle();
    expect([said().includes('Connection: close\r\n'), client.readableEnded]).toEqual([
      !mayFollow,
      !mayFollow,
    ]);
  });

  const dir = mkdtempSync(join(tmpdir(), 'reply1-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  test.each([
    ['TCP', { port: 0, host: '127.0.0.1' }, 'ECONNRESET'],
    ['a Unix socket, which knows no reset', { path: join(dir, 'socket') }, 'whole'],
  ])(
    'break off with the connection when their end is the end of the connection, on %s',
    async (_, place, expected) => {
      const server = createServer().listen(place);
      await once(server, 'listening');
      const client =
        'path' in place ? connect(place.path) : connect((server.address() as AddressInfo).port, place.host);
      const [accepted] = (await once(server, 'connection')) as [Socket];
      const handler = {
        request: (...[, reply]: Parameters<Handler1['request']>) => {
          reply.begin(OK).write('hel');
          client.once('data', () => reply.breakOff());
        },
        leaves: () => undefined,
        isLeaving: () => false,
        malformed: () => undefined,
      };
      const connection = new Connection1(streamOf(Wire.of(accepted)), handler, () => undefined);
      client.write('GET / HTTP/1.0\r\n\r\n');
      const end = once(client, 'end').then(
        () => 'whole',
        ({ code }: { code: string }) => code,
      );
      expect([await end, connection.isGone]).toEqual([expected, true]);
      server.close();
    },
  );

  test('leave room for another when they cannot be written', async () => {
    const { asked, send, said } = open();
    await send(GET);
    const reply = asked[0]?.reply;
    expect(() => reply?.whole({ ...OK, headers: ['X', 'a\r\nb'] }, Buffer.from('x'))).toThrow(
      'cannot be written',
    );
    expect(() => reply?.whole({ ...OK, headers: ['Content-Length', '2'] }, Buffer.from('x'))).toThrow(
      'announced',
    );
    expect(reply?.hasBegun()).toBe(false);
    reply?.whole(OK, Buffer.from('x'));
    await settle();
    expect(said().match(/HTTP/g)).toHaveLength(1);
    expect(() => reply?.whole(OK, Buffer.from('x'))).toThrow('already has an answer');
  });

  test('still reach a client that has ended its side', async () => {
    const { asked, client, send, said } = open();
    await send(GET);
    client.end();
    await settle();
    asked[0]?.reply.whole(OK, Buffer.from('late'));
    await settle();
    expect(said()).toMatch(/late$/);
    expect(client.readableEnded).toBe(true);
  });

  test('end when the client is gone, even for a listener that asks later', async () => {
    const { asked, server, send } = open();
    await send(GET);
    const over: string[] = [];
    asked[0]?.reply.onceClosed(() => over.push('then'));
    server.destroy();
    await settle();
    asked[0]?.reply.onceClosed(() => over.push('later'));
    expect([...over, asked[0]?.reply.hasBegun(), asked[0]?.reply.isFinished()]).toEqual([
      'then',
      'later',
      true,
      false,
    ]);
  });
});
