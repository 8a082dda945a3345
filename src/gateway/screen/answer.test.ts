import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import {
  brotliCompressSync,
  createGzip,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  type InputType,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Budget } from '../budget/budget.ts';
import type { Passage } from '../gate/gate.ts';
import type { Body } from '../message/exchange.ts';
import { proxyErrorOf } from '../http/exchange/fault.ts';
import type { RawHeaders } from '../message/headers.ts';
import { createScrub } from '../inject/scrub/scrub.ts';
import { readAnswer, type ReadAnswer } from './answer.ts';

const SECRET = 'k-0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const ECHO = Buffer.from(`your key is ${SECRET}, hello`);
/** Its first bytes may show if it arrives in pieces. */
const SCRUBBED = /^your key is .{3}\*{31}, hello$/;

const passage = (isLent: boolean, budget: Budget): Passage => ({
  verdict: 'pass',
  asked: { via: 'tls', host: 'a.test', port: 443, scheme: 'https', method: 'GET', path: '/' },
  grant: { id: 'allow[0]', host: 'a.test', port: 443, scheme: 'https' },
  mayFollowContent: true,
  isLent,
  route: { kind: 'direct', addresses: ['192.0.2.1'] },
  budget,
  end: () => undefined,
  revocation: { revoked: () => undefined, whenRevoked: () => undefined },
});
const LENT = passage(true, new Budget({}));
/** A passage by the rule that lends the secret. */
const BY_IDENTITY: Passage = {
  ...LENT,
  grant: { ...LENT.grant, inject: { secret: 'key', slot: { kind: 'bearer' } } },
};
const LIMITED = passage(false, new Budget({ maxTokens: 1000 }));

const read = (body: Body, headers: RawHeaders, { by = LENT, status = 200 } = {}): ReadAnswer =>
  readAnswer({ status, statusMessage: 'OK', headers, body, trailers: () => [] }, by, createScrub([SECRET]));
const coded = (coding: string, body: Body, by = LENT): ReadAnswer =>
  read(body, ['Content-Encoding', coding, 'X-Left', '1'], { by });
const textOf = async ({ body }: ReadAnswer): Promise<string> =>
  (body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)).toString();
/** A stream as a socket emits it; an empty one has no chunks. */
const streamed = (bytes: Uint8Array, size = 1): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    ),
    { objectMode: false },
  );

const BY = { 'of a host that was lent a secret': LENT, 'where tokens are limited': LIMITED };

describe.each(Object.entries(BY))('answers with content codings, %s', (_, by) => {
  test.each([
    ['more than three codings', 'gzip,'.repeat(9001), 'the answer has more than 3 content codings'],
    [
      'an unknown coding before a known one',
      'zstd, gzip',
      'the answer has a content coding that the request did not ask for',
    ],
    [
      'a coding with the name of an object member',
      'constructor',
      'the answer has a content coding that the request did not ask for',
    ],
  ])('an answer with %s is refused before any coding is decoded', (__, coding, message) => {
    const body = streamed(ECHO);
    expect(() => coded(coding, body, by)).toThrow(message);
    expect(body.eventNames()).toEqual(streamed(ECHO).eventNames());
    expect(proxyErrorOf(message)).toBe('http_response_content_coding');
  });

  test('an answer with three codings is decoded', async () => {
    const body = gzipSync(deflateSync(brotliCompressSync('hello')));
    const answer = coded('br, deflate, identity, x-gzip', body, by);
    expect([await textOf(answer), answer.headers]).toEqual(['hello', ['X-Left', '1']]);
  });
});

describe.each(['gzip', 'deflate', 'br', 'gzip, br'])('nothing at all, called %s', (coding) => {
  test.each([
    ['by its length', () => Buffer.alloc(0)],
    ['in chunks', () => streamed(Buffer.alloc(0))],
  ])('an answer without content passes: %s', async (_, body) => {
    const answer = coded(coding, body());
    expect([await textOf(answer), answer.headers]).toEqual(['', ['X-Left', '1']]);
  });
});

const DEFLATES: readonly (readonly [string, (bytes: InputType) => Buffer])[] = [
  ['of zlib', deflateSync],
  ['of zlib, with a small window', (bytes) => deflateSync(bytes, { windowBits: 9, level: 1 })],
  ['without its head', deflateRawSync],
  ['without its head, stored', (bytes) => deflateRawSync(bytes, { level: 0 })],
];

test.each(DEFLATES)('an answer with deflate %s is decoded and scrubbed', async (_, deflate) => {
  for (const body of [deflate(ECHO), streamed(deflate(ECHO)), streamed(deflate(ECHO), 1000)])
    expect(await textOf(coded('deflate', body))).toMatch(SCRUBBED);
});

test.each(['none', 'utf-8', 'UTF-8', 'identity', 'aws-chunked', 'aws-chunked, none'])(
  '%s is not a coding, and its answer is scrubbed undecoded',
  async (coding) => {
    const headers = ['Content-Encoding', coding, 'Content-Length', String(ECHO.length)];
    for (const body of [ECHO, streamed(ECHO)]) {
      const answer = read(body, headers);
      expect([await textOf(answer), answer.headers]).toEqual([expect.stringMatching(SCRUBBED), headers]);
    }
  },
);

test('an object that an AWS client stored as gzip is decoded', async () =>
  expect(await textOf(coded('gzip,aws-chunked', gzipSync(ECHO)))).toMatch(SCRUBBED));

test('an answer that a range is not available passes', async () => {
  const headers = ['Content-Range', 'bytes */10'];
  const answer = read(ECHO, headers, { status: 416 });
  expect([answer.status, answer.headers, await textOf(answer)]).toEqual([
    416,
    headers,
    expect.stringMatching(SCRUBBED),
  ]);
});

describe('answers that compress each message', () => {
  const message = gzipSync(ECHO);
  const framed = Buffer.concat([Buffer.from([1, 0, 0, 0, message.length]), message]);
  const OWN = [
    ['grpc-encoding', 'gzip'],
    ['Grpc-Encoding', 'identity, zstd'],
    ['connect-content-encoding', 'br'],
  ] as const;

  test.each(OWN)(
    '%s: %s is refused where a secret was lent, and the reason tells the client what to do',
    (...own) => {
      const reason = 'the answer compresses each message (gRPC, Connect)';
      for (const body of [framed, streamed(framed)]) {
        expect(() => read(body, own)).toThrow(reason);
        expect(() => read(body, own)).toThrow('turn message compression off in the client');
      }
      expect(proxyErrorOf(reason)).toBe('http_response_content_coding');
    },
  );

  test.each(OWN)('%s: %s without a message passes unchanged', async (...own) => {
    const { headers, body } = read(Buffer.alloc(0), own);
    expect([headers, body]).toEqual([own, Buffer.alloc(0)]);
  });

  test.each(OWN)('%s: %s from other hosts passes', async (...own) =>
    expect(await textOf(read(framed, own, { by: LIMITED }))).toBe(framed.toString()),
  );

  test.each([
    ['grpc-encoding', 'identity'],
    ['connect-content-encoding', ''],
    ['grpc-status', '0'],
  ])('%s: %s has no such coding, and is scrubbed undecoded', async (...own) => {
    const { headers, body } = read(streamed(ECHO), own);
    expect([headers, (await buffer(body as Readable)).toString()]).toEqual([
      own,
      expect.stringMatching(SCRUBBED),
    ]);
  });
});

describe('cookies of a host', () => {
  const fields = ['Set-Cookie', 'session=1', 'X-Left', '1', 'set-cookie', 'b=2', 'SET-COOKIE2', 'c=3'];
  const given = (by: Passage): [RawHeaders, RawHeaders] => {
    const answer = { status: 200, statusMessage: 'OK', headers: fields, body: streamed(ECHO) };
    const { headers, trailers } = readAnswer(
      { ...answer, trailers: () => fields },
      by,
      createScrub([SECRET]),
    );
    return [headers, trailers()];
  };

  test('do not reach the bottle for the identity of a rule, in headers or trailers', () =>
    expect(given(BY_IDENTITY)).toEqual([
      ['X-Left', '1'],
      ['X-Left', '1'],
    ]));

  test.each(Object.entries(BY))('reach the bottle by other rules: %s', (_, by) =>
    expect(given(by)).toEqual([fields, fields]),
  );
});

describe('decoded content', () => {
  test('passes as it arrives', async () => {
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    const { body } = coded('gzip', gzip, LIMITED);
    const pieces: unknown[] = [];
    (body as Readable).on('data', (piece: Buffer) => pieces.push(piece.toString()));
    gzip.write('data: 1\n\n');
    await expect.poll(() => pieces).toEqual(['data: 1\n\n']);
    gzip.end('data: 2\n\n');
    await expect.poll(() => pieces).toEqual(['data: 1\n\n', 'data: 2\n\n']);
  });

  test.each([
    ['cut short', gzipSync(ECHO).subarray(0, -9), 'unexpected end of file'],
    ['not gzip', Buffer.from('hello'), 'incorrect header check'],
  ])('breaks off where it is malformed: %s', async (_, bytes, message) => {
    const from = streamed(bytes, 1000);
    await expect(textOf(coded('gzip', from))).rejects.toThrow(message);
    expect(from.destroyed).toBe(true);
  });

  test.each([0, 20])('breaks off together with the host, after %i bytes', async (count) => {
    const from = new Readable({ read: () => undefined });
    from.push(gzipSync(ECHO).subarray(0, count));
    const told = textOf(coded('gzip', from));
    setImmediate(() => from.destroy(new Error('the host is gone')));
    await expect(told).rejects.toThrow('the host is gone');
  });

  test.each([0, 20])('is not read any more once the client is gone, after %i bytes', async (count) => {
    const from = new Readable({ read: () => undefined });
    from.push(gzipSync(ECHO).subarray(0, count));
    const { body } = coded('gzip, gzip', from);
    await turn();
    (body as Readable).destroy();
    await expect.poll(() => from.destroyed).toBe(true);
  });

  test('waits for its reader', async () => {
    const content = randomBytes(1024 * 1024);
    const bytes = gzipSync(content);
    let given = 0;
    const from = new Readable({
      read: () => void from.push(given < bytes.length ? bytes.subarray(given, (given += 4096)) : null),
    });
    const { body } = coded('gzip', from, LIMITED);
    for (let count = 0; count < 500; count += 1) await turn();
    expect(given).toBeLessThan(bytes.length / 2);
    expect((await buffer(body as Readable)).equals(content)).toBe(true);
  });
});

describe('a text that is falsely labelled as encoded', () => {
  /** A text whose first bytes are a block header of raw deflate, and whose rest decodes to something. */
  const text = (key: string): Buffer => Buffer.from(`{"x40":"${key}"}`);
  const comesOut = async (coding: string, bytes: Uint8Array): Promise<string> => {
    const { body } = coded(coding, bytes);
    let out = '';
    const end = once(
      (body as Readable).on('data', (chunk: Buffer) => (out += chunk.toString('hex'))),
      'end',
    );
    return await end.then(
      () => `${out} end`,
      (error: Error) => `${out} ${error.message}`,
    );
  };

  test.each([
    ['deflate', (bytes: Buffer) => bytes],
    ['deflate, gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['br', (bytes: Buffer) => bytes],
  ])('reveals no more with a secret than without: %s', async (coding, code) => {
    const [told, untold] = [text(SECRET), text('*'.repeat(SECRET.length))];
    expect(await comesOut(coding, code(told))).toBe(await comesOut(coding, code(untold)));
  });
});
