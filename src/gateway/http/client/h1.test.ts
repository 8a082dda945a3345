import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { contentOf, GET, KEPT, OK, open, settle } from './h1.testing.ts';

describe('sequences of requests', () => {
  test('wait for their turn when they are sent ahead', async () => {
    const { asked, send, said } = open();
    await send(`${GET}${GET.replace('/a', '/b')}${GET.replace('/a', '/c')}`);
    for (const path of ['/a', '/b', '/c']) {
      expect(asked.at(-1)?.inbound.path).toBe(path);
      asked.at(-1)?.reply.whole(OK, Buffer.from(path));
      await settle();
    }
    expect(asked).toHaveLength(3);
    const answer = (path: string): string => `HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n${KEPT}\r\n${path}`;
    expect(said()).toBe(['/a', '/b', '/c'].map(answer).join(''));
  });

  test.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'Connection: x, Close\r\n', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
  ])('%s with %j: another request may follow: %s', async (version, line, mayFollow) => {
    const { asked, send, said, client } = open();
    await send(`GET /a ${version}\r\n${line}\r\n${GET}`);
    asked[0]?.reply.whole(OK, Buffer.from('x'));
    await settle();
    expect(asked.length).toBe(mayFollow ? 2 : 1);
    expect(said()).toContain(mayFollow ? KEPT : 'Connection: close\r\n');
    expect(client.readableEnded).toBe(!mayFollow);
  });

  test('end after the last request, and later bytes are not read', async () => {
    const { asked, send, client } = open();
    await send(GET);
    asked[0]?.reply.whole({ ...OK, headers: ['Connection', 'close'] }, Buffer.from('x'));
    await send(GET);
    expect([asked.length, client.readableEnded]).toEqual([1, true]);
  });

  test('end after content that is not read to its end', async () => {
    const { asked, send, client } = open();
    await send('POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello');
    asked[0]?.reply.whole(OK, Buffer.from('x'));
    await send(`world${GET}`);
    expect([asked.length, client.readableEnded]).toEqual([1, true]);
  });
});

describe('content of requests', () => {
  test.each([
    ['with a length', 'Content-Length: 5\r\n\r\n', ['hello']],
    ['with a length, in two parts', 'Content-Length: 5\r\n\r\nhel', ['lo']],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n', ['3\r\nhel\r\n', '2\r\nlo\r\n0\r\n\r\n']],
  ])('arrives %s', async (_, head, parts) => {
    const { asked, send } = open();
    await send(`POST / HTTP/1.1\r\n${head}`);
    const content = asked[0] === undefined ? '' : contentOf(asked[0]);
    for (const part of parts) await send(part);
    expect(await content).toBe('hello');
  });

  test('causes 100 Continue when it is wanted, and not before', async () => {
    const { asked, send, said } = open();
    await send('POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    expect(said()).toBe('');
    const content = asked[0] === undefined ? '' : contentOf(asked[0]);
    await settle();
    expect(said()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    await send('hello');
    expect(await content).toBe('hello');
  });

  test.each([
    ['that already has its answer', 'HTTP/1.1', ''],
    ['that did not wait for it', 'HTTP/1.1', 'he'],
    ['of HTTP/1.0', 'HTTP/1.0', ''],
  ])('causes no 100 Continue for a client %s', async (_, version, early) => {
    const { asked, send, said } = open();
    await send(`POST / ${version}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n${early}`);
    if (version === 'HTTP/1.1' && early === '') asked[0]?.reply.whole(OK, Buffer.from('x'));
    const { body } = asked[0]?.inbound ?? {};
    if (body instanceof Readable) body.resume();
    await settle();
    expect(said()).not.toContain('Continue');
    expect(body).toBeInstanceOf(Readable);
  });

  test('fails when its client breaks off', async () => {
    const { asked, send, client } = open();
    await send('POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe');
    const content =
      asked[0] === undefined ? 'none' : contentOf(asked[0]).catch((error: Error) => error.message);
    client.end();
    await settle();
    expect(await content).toBe('the client broke off');
  });
});

test('fails in its turn when it was sent ahead and cut off', async () => {
  const { asked, client } = open();
  client.end(`${GET}POST /b HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc`);
  await settle();
  asked[0]?.reply.whole(OK, Buffer.from('x'));
  await settle();
  const { body } = asked[1]?.inbound ?? {};
  expect(body instanceof Readable ? body.errored?.message : body).toBe('the client broke off');
});

describe('malformed HTTP', () => {
  test.each([
    ['a head', 'GET / HTTP/1.1\r\nA : b\r\n\r\n', 'before the colon'],
    ['a head that has no end yet', 'GET / HTTP/1.1\nHost: a', 'LF alone'],
    ['two framings', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'both'],
    [
      'a chunk that is here',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n',
      'size of a chunk',
    ],
    [
      'content before another protocol',
      'CONNECT a:1 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx',
      'changes the protocol',
    ],
    ['a head of 40 KB', `GET / HTTP/1.1\r\nA: ${'a'.repeat(40_000)}`, 'longer than'],
  ])('causes a refusal, and later bytes are not read: %s', async (_, text, why) => {
    const { asked, malformed, send, said, client } = open();
    await send(`${text}\r\n\r\n${GET}`);
    await send(GET);
    expect(malformed).toEqual([expect.stringContaining(why)]);
    expect([asked.length, said()]).toEqual([0, 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n']);
    expect(client.readableEnded).toBe(true);
  });

  test('in a later chunk breaks the content off, and the refusal is the answer', async () => {
    const { asked, malformed, send, said } = open();
    await send('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    const content =
      asked[0] === undefined ? 'none' : contentOf(asked[0]).catch((error: Error) => error.message);
    await send('5\nhello');
    expect(await content).toContain('malformed HTTP');
    expect([malformed.length, said(), asked[0]?.reply.hasBegun()]).toEqual([
      1,
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
      true,
    ]);
  });

  test('breaks off an answer that has begun', async () => {
    const { asked, send, isGone } = open();
    await send('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    asked[0]?.reply
      .begin(OK)
      .on('error', () => undefined)
      .write('x');
    await send('5\nhello');
    expect([isGone(), asked[0]?.reply.isFinished()]).toEqual([true, false]);
  });

  test('is an unknown expectation', async () => {
    const { asked, malformed, send, said } = open();
    await send(GET.replace('Host', 'Expect: more\r\nHost'));
    expect([asked.length, malformed.length]).toEqual([0, 1]);
    expect(said()).toMatch(/^HTTP\/1\.1 417 /);
  });

  test('is an incomplete head', async () => {
    const { malformed, client, send } = open();
    await send(GET.slice(0, 9));
    client.end();
    await settle();
    expect(malformed).toEqual([expect.stringContaining('in the middle of a head')]);
  });
});

test('another protocol takes over the connection, with the bytes behind the head', async () => {
  const { connection, left, isGone, send } = open();
  await send('CONNECT a:1 HTTP/1.1\r\n\r\n\x16\x03');
  expect([left, isGone(), connection.isGone]).toEqual([['\x16\x03'], true, false]);
});

describe('deadlines', () => {
  const HALF_MINUTE = 31_000;
  const MINUTE = 61_000;

  test.each([
    ['nothing has come', '', HALF_MINUTE],
    ['a head is not whole', GET.slice(0, 9), HALF_MINUTE],
  ])('close a connection where %s ends', async (_, text, afterMs) => {
    const { connection, send, client } = open();
    await send(text);
    connection.checkDeadline(performance.now() + 20_000);
    await settle();
    expect(connection.isGone).toBe(false);
    connection.checkDeadline(performance.now() + afterMs);
    await settle();
    expect(client.readableEnded || connection.isGone).toBe(true);
  });

  test('do not apply while an answer is due, and then allow a minute for the next request', async () => {
    const { asked, connection, send } = open();
    await send(GET);
    connection.checkDeadline(Infinity);
    expect(connection.isGone).toBe(false);
    asked[0]?.reply.whole(OK, Buffer.from('x'));
    connection.checkDeadline(performance.now() + HALF_MINUTE);
    expect(connection.isGone).toBe(false);
    connection.checkDeadline(performance.now() + MINUTE);
    expect(connection.isGone).toBe(true);
  });

  test('close the connection of a client that does not close after its last answer', async () => {
    const { asked, connection, send } = open();
    await send(GET);
    asked[0]?.reply.whole({ ...OK, headers: ['Connection', 'close'] }, Buffer.from('x'));
    await settle();
    expect(connection.isGone).toBe(false);
    connection.checkDeadline(performance.now() + 1_500);
    expect(connection.isGone).toBe(true);
  });
});

test('allow a slow client to read all of a last answer', async () => {
  for (const isWhole of [true, false]) {
    const { asked, client, connection, send, said } = open();
    client.pause();
    await send(GET);
    const head = { ...OK, headers: ['Connection', 'close'] };
    const content = Buffer.alloc(200_000, 'a');
    if (isWhole) asked[0]?.reply.whole(head, content);
    else asked[0]?.reply.begin(head).end(content);
    await settle();
    expect(asked[0]?.reply.isFinished()).toBe(isWhole);
    connection.checkDeadline(performance.now() + 1_500);
    client.resume();
    await settle();
    expect([said().includes('a'.repeat(200_000)), client.readableEnded]).toEqual([true, true]);
    connection.checkDeadline(performance.now() + 1_500);
    expect(connection.isGone).toBe(true);
  }
});

test('the gateway stops reading a client that sends ahead without end', async () => {
  const { client, send } = open();
  await send(GET);
  for (let count = 0; count < 20; count += 1) client.write(Buffer.alloc(10_000, 'a'));
  await settle();
  expect(client.writableLength).toBeGreaterThan(50_000);
});

describe('a client that sends ahead and does not read', () => {
  const MIB = Buffer.alloc(1024 ** 2);

  test('gets no further answers until it reads', async () => {
    const { asked, client, server, send } = open();
    client.pause();
    await send(`${GET}${GET}`);
    asked[0]?.reply.whole(OK, MIB);
    await send(GET);
    expect([asked.length, server.isPaused()]).toEqual([1, true]);
    client.resume();
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]?.reply.whole(OK, Buffer.from('x'));
    await settle();
    expect(asked).toHaveLength(3);
  });

  test('still gets all of its answers after it has ended its side', async () => {
    const { asked, client, malformed, send } = open();
    client.pause();
    await send(GET);
    client.end(GET);
    asked[0]?.reply.whole(OK, MIB);
    await settle();
    client.resume();
    await settle();
    asked[1]?.reply.whole(OK, Buffer.from('x'));
    await settle();
    expect([asked.length, malformed, client.readableEnded]).toEqual([2, [], true]);
  });

  test('is disconnected after a minute', async () => {
    const { asked, client, connection, send } = open();
    client.pause();
    await send(`${GET}${GET}`);
    asked[0]?.reply.whole(OK, MIB);
    connection.checkDeadline(performance.now() + 61_000);
    await settle();
    expect([connection.isGone, asked.length]).toEqual([true, 1]);
  });
});
