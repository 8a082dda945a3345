import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContentStream, type Flow } from '../../message/content-stream.ts';
import { framingOfRequest, readRequestHead } from './head.ts';
import { Reader } from './reader.ts';

const FLOW: Flow = { wanted: () => undefined, dropped: () => undefined };
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

interface Message {
  readonly url: string;
  readonly content: string;
  readonly trailers: readonly string[];
}

/** The requests in this text, which arrives in pieces of this length. */
async function read(text: string, length: number): Promise<Message[]> {
  const reader = new Reader(1_000);
  const messages: Promise<Message>[] = [];
  const next = (): void => {
    for (let head = reader.head(); head !== undefined; head = reader.head()) {
      const { path: url, headers } = readRequestHead(head);
      const body = reader.begin(framingOfRequest(headers), FLOW);
      messages.push(messageOf(url, body));
      if (reader.content !== undefined) return;
    }
  };
  for (let at = 0; at < text.length; at += length) {
    reader.push(bytesOf(text.slice(at, at + length)));
    if (reader.content === undefined) next();
  }
  reader.fail(new Error('cut off'));
  return await Promise.all(messages);
}

async function messageOf(url: string, body: ReturnType<Reader['begin']>): Promise<Message> {
  const trailers = (): readonly string[] => (body instanceof ContentStream ? body.trailers : []);
  const bytes = body instanceof Readable ? await buffer(body) : Buffer.from(body ?? []);
  return { url, content: bytes.toString('latin1'), trailers: trailers() };
}

test('consecutive messages are the same however they are cut', async () => {
  const request = fc.constantFrom(
    'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello',
    'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    'POST /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n',
    'POST /e HTTP/1.1\r\nContent-Length: 26\r\n\r\nGET /hidden HTTP/1.1\r\nA: b\r\n',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 90 }),
      async (all, cut) => {
        const text = all.map((one) => one.replace('26', '28')).join('');
        const whole = await read(text, text.length);
        expect(whole.map(({ url }) => url)).toEqual(all.map((one) => one.split(' ')[1]));
        expect(await read(text, cut)).toEqual(whole);
      },
    ),
  );
});

test('complete content is passed on whole, and as a stream only with trailers', () => {
  const whole = (text: string, framing: number | 'chunked'): unknown => {
    const reader = new Reader(100);
    reader.push(bytesOf(text));
    return reader.begin(framing, FLOW);
  };
  expect(whole('hello!', 5)).toEqual(bytesOf('hello'));
  expect(whole('2\r\nab\r\n1\r\nc\r\n0\r\n\r\n', 'chunked')).toEqual(bytesOf('abc'));
  expect(whole('0\r\nA: b\r\n\r\n', 'chunked')).toBeInstanceOf(ContentStream);
  expect(whole('hell', 5)).toBeInstanceOf(ContentStream);
  expect(whole('', 0)).toBeUndefined();
});

describe('incomplete heads', () => {
  const headOf = (text: string): string | undefined => {
    const reader = new Reader(100);
    reader.push(bytesOf(text));
    return reader.head();
  };

  test('may have one line end before them', () => {
    expect(headOf('\r\nGET / HTTP/1.1\r\n\r\n')).toBe('GET / HTTP/1.1');
    expect(() => readRequestHead(headOf('\r\n\r\nGET / HTTP/1.1\r\n\r\n') ?? 'none')).toThrow('request line');
  });

  test.each([
    ['it is too long', `GET /${'a'.repeat(100)}`, 'longer than 100 bytes'],
    ['it is too long with its end', `GET /${'a'.repeat(100)} HTTP/1.1\r\n\r\n`, 'longer than 100 bytes'],
    ['lines end with LF alone', 'GET / HTTP/1.1\n\n', 'CR or LF alone'],
    ['it is TLS', '\x16\x03\x01', 'control character'],
  ])('are refused before their end where they contain %s', (_, text, why) => {
    expect(() => headOf(text)).toThrow(why);
  });

  test('wait for more bytes where nothing is wrong yet', () => {
    expect(headOf('GET / HTTP/1.1\r\nA: b\r')).toBeUndefined();
  });
});

describe('the end of a connection ends its content', () => {
  const ended = (framing: number | 'chunked' | 'close', text: string): boolean => {
    const reader = new Reader(100);
    reader.begin(framing, FLOW);
    reader.push(bytesOf(text));
    return reader.end();
  };

  test.each([
    ['close', 'abc', true],
    [5, 'abc', false],
    ['chunked', '1\r\na\r\n', false],
    ['chunked', '1\r\na\r\n0\r\n\r\n', true],
    ['chunked', '1\r\na\r\n0\r\n\r\nG', false],
  ] as const)('after content of framing %s, %j: is it due? %s', (framing, text, isDue) => {
    expect(ended(framing, text)).toBe(isDue);
  });
});

test('a stalled reader pauses its connection, and so does unread content', () => {
  const reader = new Reader(100);
  const content = reader.begin(1_000_000, FLOW);
  const isWanted = [1, 2, 3].map((byte) => reader.push(Buffer.alloc(6_000, byte)));
  expect(isWanted).toEqual([true, true, false]);
  expect(content).toBeInstanceOf(ContentStream);
});

describe('bytes that share memory with other reads', () => {
  /** Memory as in Node's pool. */
  const shared = (text: string): Buffer =>
    Buffer.concat([bytesOf(text), Buffer.alloc(8_192)]).subarray(0, text.length);
  const HEAD = 'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n';

  test('are copied while they wait for more', () => {
    const reader = new Reader(1_000);
    reader.push(shared(HEAD.slice(0, 9)));
    reader.keep();
    expect(reader.release().buffer.byteLength).toBe(9);
  });

  test('are copied when they are content for others', async () => {
    const reader = new Reader(1_000);
    reader.push(shared(`${HEAD}one`));
    reader.head();
    const content = reader.begin(9, FLOW) as ContentStream;
    const sizes: number[] = [];
    content.on('data', (piece: Buffer) => sizes.push(piece.buffer.byteLength));
    await turn();
    reader.push(shared('twooo'));
    reader.push(shared('3GET'));
    reader.keep();
    await once(content, 'end');
    // The first piece waited for its reader.
    expect(sizes).toEqual([4_096, 5, 4]);
    expect(reader.release().buffer.byteLength).toBe(4);
  });
});
