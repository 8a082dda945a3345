import { duplexPair, PassThrough, Readable, type Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Passage } from '../../gate.ts';
import type { Answered, Body, Outbound, Sent } from '../exchange.ts';
import { createClient1, type Client1 } from './h1.ts';

/** A connection as the host sees it. */
interface HostSide {
  readonly stream: Duplex;
  readonly heard: () => string;
}

interface Scene {
  readonly client: Client1;
  readonly hosts: HostSide[];
  readonly send: (outbound?: Partial<Outbound>, passage?: Partial<Passage>) => Sent;
}

const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 8; turns += 1) await turn();
};

const PASSAGE = {
  asked: { via: 'tls', host: 'a.test', port: 443, scheme: 'https', method: 'GET', path: '/' },
  route: { kind: 'direct', addresses: ['192.0.2.1'] },
  mayFollowContent: true,
} as unknown as Passage;
const OUTBOUND: Outbound = {
  method: 'GET',
  path: '/a',
  headers: ['Host', 'a.test'],
  body: undefined,
  trailers: () => [],
  wantsTrailers: false,
};

function open(): Scene {
  const hosts: HostSide[] = [];
  const client = createClient1(async () => {
    const [ours, theirs] = duplexPair();
    ours.once('close', () => theirs.destroy());
    let heard = '';
    theirs.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1'))).on('error', () => undefined);
    hosts.push({ stream: theirs, heard: () => heard });
    return await Promise.resolve(ours);
  });
  const send: Scene['send'] = (outbound, passage) => {
    const sent = client.send({ ...OUTBOUND, ...outbound }, { ...PASSAGE, ...passage });
    // A test may look only later.
    sent.answered.catch(() => undefined);
    return sent;
  };
  return { client, hosts, send };
}

async function say(
  { stream }: HostSide | undefined = { stream: new PassThrough(), heard: () => '' },
  text = '',
): Promise<void> {
  stream.write(Buffer.from(text, 'latin1'));
  await settle();
}

const contentOf = async (body: Body): Promise<string> =>
  (body instanceof Readable ? await buffer(body) : Buffer.from(body)).toString('latin1');

/** What a request without content is answered with by a host that says this, and then maybe ends. */
async function answerTo(
  said: string,
  { ends = false, method = 'GET' } = {},
): Promise<{ answer: Answered; content: string }> {
  const { hosts, send } = open();
  const sent = send({ method });
  await settle();
  await say(hosts[0], said);
  if (ends) hosts[0]?.stream.end();
  const answer = await sent.answered;
  return { answer, content: await contentOf(answer.body) };
}

const FINE = 'HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok';

describe('requests', () => {
  test.each<[string, Partial<Outbound>, string]>([
    ['without content', {}, 'GET /a HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n'],
    [
      'without content, where there could be some',
      { method: 'POST' },
      'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n',
    ],
    [
      'with content that is here',
      { method: 'PUT', body: Buffer.from('hello') },
      'PUT /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    ],
    [
      'with content that comes',
      { method: 'PUT', body: Readable.from(['hel', 'lo']) },
      'PUT /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
    ],
    [
      'with content of a length that comes',
      { method: 'PUT', headers: ['content-length', '5'], body: Readable.from(['hel', 'lo']) },
      'PUT /a HTTP/1.1\r\ncontent-length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    ],
    [
      'with trailers',
      { method: 'PUT', body: Buffer.from('hello'), trailers: () => ['X-Sum', '1', 'Host', 'b.test'] },
      'PUT /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
    ],
  ])('%s', async (_, outbound, text) => {
    const { hosts, send } = open();
    const { answered } = send(outbound);
    await settle();
    expect(hosts[0]?.heard()).toBe(text);
    await say(hosts[0], FINE);
    expect((await answered).status).toBe(200);
  });

  test.each<[string, Partial<Outbound>, string]>([
    ['with a line end in a header', { headers: ['A', 'b\r\nC: d'] }, 'cannot be written'],
    [
      'with another length than it has',
      { headers: ['Content-Length', '9'], body: Buffer.from('a') },
      'announced',
    ],
    [
      'with less content than it says',
      { headers: ['Content-Length', '9'], body: Readable.from(['a']) },
      'less content',
    ],
    [
      'with more content than it says',
      { headers: ['Content-Length', '1'], body: Readable.from(['ab']) },
      'more content',
    ],
  ])('%s are not sent', async (_, outbound, why) => {
    const { hosts, send } = open();
    const { answered } = send({ method: 'POST', ...outbound });
    await expect(answered).rejects.toThrow(why);
    await settle();
    expect(hosts[0]?.heard()).not.toMatch(/b$/);
    expect(hosts[0]?.stream.destroyed).toBe(true);
  });

  test('whose content breaks off fail with that, and their connection ends', async () => {
    const { hosts, send } = open();
    const body = new PassThrough();
    const { answered } = send({ method: 'POST', body });
    body.write('a');
    await settle();
    body.destroy(new Error('something was found'));
    await expect(answered).rejects.toThrow('something was found');
    expect(hosts[0]?.stream.destroyed).toBe(true);
  });
});

describe('answers', () => {
  test.each([
    ['of a length', FINE, 'ok'],
    [
      'in chunks',
      'HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n',
      'ok',
    ],
    ['to the end of the connection', 'HTTP/1.1 200 Fine\r\n\r\nok', 'ok'],
    ['of HTTP/1.0', 'HTTP/1.0 200 Fine\r\n\r\nok', 'ok'],
    [
      'after others that say nothing',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${FINE}`,
      'ok',
    ],
  ])('%s', async (_, said, expected) => {
    const { answer, content } = await answerTo(said, { ends: true });
    expect(answer).toMatchObject({ status: 200, statusMessage: 'Fine' });
    expect(content).toBe(expected);
  });

  test('to HEAD have no content, whatever they say', async () => {
    const { answer, content } = await answerTo('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', {
      method: 'HEAD',
    });
    expect([answer.headers, content]).toEqual([['Content-Length', '9'], '']);
  });

  test('with trailers', async () => {
    const chunks = '2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n';
    const { answer, content } = await answerTo(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect([content, answer.trailers()]).toEqual(['ok', ['X-Sum', '1']]);
  });

  test.each([
    ['nothing', '', 'without an answer'],
    ['half a head', 'HTTP/1.1 200 OK\r\n', 'in the middle of its answer'],
    ['garbage', 'garbage\r\n\r\n', 'the status line is none'],
    ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'both'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
      'two of Content-Length',
    ],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'not chunked alone'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'folded'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nA: b\n\n', 'LF alone'],
    [
      'a chunk that is none',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
      'the size of a chunk',
    ],
    ['a protocol that nobody asked for', 'HTTP/1.1 101 OK\r\nUpgrade: x\r\n\r\n', 'not asked for'],
    ['hints without end', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(20), 'no end of interim answers'],
    ['a head of 70 KB', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`, 'longer than 65536'],
  ])('that are none: %s', async (_, said, why) => {
    await expect(answerTo(said, { ends: true })).rejects.toThrow(why);
  });

  test.each([
    ['of a length', 'Content-Length: 5\r\n\r\nhel', 'in the middle of its answer'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n', 'in the middle of its answer'],
    ['in bad chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n', 'not HTTP as it should be'],
  ])('that break off are broken: %s', async (_, said, why) => {
    const { hosts, send } = open();
    const sent = send();
    await settle();
    await say(hosts[0], `HTTP/1.1 200 OK\r\n${said}`);
    const { body } = await sent.answered;
    const content = contentOf(body).catch((error: Error) => error.message);
    if (why.startsWith('not')) await say(hosts[0], 'x\r\n');
    hosts[0]?.stream.end();
    expect(await content).toContain(why);
  });

  test('bytes are counted both ways, heads included', async () => {
    const { hosts, send } = open();
    const sent = send({ method: 'POST', body: Readable.from(['hello']) });
    await settle();
    await say(hosts[0], FINE);
    await sent.answered;
    expect(sent.traffic()).toEqual({ up: hosts[0]?.heard().length, down: FINE.length });
  });
});

describe('connections', () => {
  /** On how many connections two requests went, the first of which was answered so. */
  const used = async (first: {
    said?: string;
    outbound?: Partial<Outbound>;
    passage?: Partial<Passage>;
  }): Promise<number> => {
    const { hosts, send } = open();
    const { answered } = send(first.outbound, first.passage);
    await settle();
    await say(hosts[0], first.said ?? FINE);
    await contentOf((await answered).body);
    await settle();
    send();
    await settle();
    return hosts.length;
  };

  test.each<[string, Parameters<typeof used>[0], number]>([
    ['are used again', {}, 1],
    ['after chunks', { said: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' }, 1],
    ['after content, where that may be', { outbound: { method: 'POST', body: Buffer.from('a') } }, 1],
    [
      'not after content, where it may not',
      { outbound: { method: 'POST', body: Buffer.from('a') }, passage: { mayFollowContent: false } },
      2,
    ],
    ['not when the host says so', { said: FINE.replace('\r\n', '\r\nConnection: Close\r\n') }, 2],
    ['not of HTTP/1.0', { said: FINE.replace('1.1', '1.0') }, 2],
    ['not with bytes behind the answer', { said: `${FINE}${FINE}` }, 2],
    ['not to another host', { passage: { asked: { ...PASSAGE.asked, host: 'b.test' } } }, 2],
    ['not to another port', { passage: { asked: { ...PASSAGE.asked, port: 444 } } }, 2],
    ['not to another address', { passage: { route: { kind: 'direct', addresses: ['192.0.2.2'] } } }, 2],
  ])('%s', async (_, first, connections) => {
    expect(await used(first)).toBe(connections);
  });

  test('that say something unasked are not used again', async () => {
    const { hosts, send } = open();
    const { answered } = send();
    await settle();
    await say(hosts[0], FINE);
    await answered;
    await say(hosts[0], FINE);
    expect(hosts[0]?.stream.destroyed).toBe(true);
  });

  test('are closed when they are dropped, those in use once that is over', async () => {
    const { client, hosts, send } = open();
    const [, second] = [send(), send()];
    await settle();
    await say(hosts[0], FINE);
    client.dropIdle();
    await settle();
    expect(hosts.map(({ stream }) => stream.destroyed)).toEqual([true, false]);
    await say(hosts[1], FINE);
    expect((await second.answered).status).toBe(200);
    await settle();
    expect(hosts[1]?.stream.destroyed).toBe(true);
  });

  test('carry what is left of a request no further than to its answer', async () => {
    const { hosts, send } = open();
    const body = new PassThrough();
    const { answered } = send({ method: 'POST', body });
    body.write('a');
    await settle();
    await say(hosts[0], FINE);
    expect((await answered).status).toBe(200);
    await settle();
    expect([body.destroyed, hosts[0]?.stream.destroyed]).toEqual([true, true]);
  });

  test('of an exchange that is abandoned end; those of others do not', async () => {
    const { hosts, send } = open();
    const first = send();
    await settle();
    await say(hosts[0], FINE);
    await first.answered;
    const second = send();
    await settle();
    first.abandon();
    await say(hosts[0], FINE);
    expect((await second.answered).status).toBe(200);
    const third = send();
    third.abandon();
    await expect(third.answered).rejects.toThrow('nobody waits');
    await settle();
    expect([hosts.length, hosts[0]?.stream.destroyed]).toEqual([1, true]);
  });
});

describe('a kept connection that the host has closed just now', () => {
  /** What becomes of a second request, when the host ends the connection instead of answering. */
  const second = async (
    outbound: Partial<Outbound>,
    said = '',
  ): Promise<{ hosts: HostSide[]; sent: Sent }> => {
    const { hosts, send } = open();
    const { answered } = send();
    await settle();
    await say(hosts[0], FINE);
    await answered;
    const sent = send(outbound);
    await settle();
    if (said !== '') await say(hosts[0], said);
    hosts[0]?.stream.end();
    await settle();
    return { hosts, sent };
  };

  test.each(['GET', 'HEAD', 'OPTIONS'])(
    '%s without content goes again, on a new one, once',
    async (method) => {
      const { hosts, sent } = await second({ method });
      expect(hosts[1]?.heard()).toContain(`${method} /a`);
      hosts[1]?.stream.end();
      await expect(sent.answered).rejects.toThrow('without an answer');
      expect(hosts).toHaveLength(2);
    },
  );

  test.each<[string, Partial<Outbound>, string]>([
    ['another method', { method: 'DELETE' }, ''],
    ['content', { body: Buffer.from('a') }, ''],
    ['the beginning of an answer', {}, 'HTTP/1.1 2'],
  ])('but not with %s', async (_, outbound, said) => {
    const { hosts, sent } = await second(outbound, said);
    await expect(sent.answered).rejects.toThrow('the host closed the connection');
    expect(hosts).toHaveLength(1);
  });
});
