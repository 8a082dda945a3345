import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { duplexPair, Duplex, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../../test/support/runs.ts';
import { encodeFields } from './hpack/encode.ts';
import { Connection, type Owner } from './connection.ts';
import { readableOf, writableOf } from './content.ts';
import type { AnswerHead2 } from './fields.ts';
import type { Stream } from './stream.ts';

/** Tests against Node's own HTTP/2 (nghttp2), with all bytes between the two in pieces of any size. */

const AUTHORITY = 'a.test';
const IDLE_MS = 60_000;

/** Two ends of a connection that passes bytes in pieces of at most this length. */
function connected(mostBytes: number): [Duplex, Duplex] {
  const [near, far] = duplexPair();
  const cutting = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _, done) => far.write(bytes, done),
    final: (done) => far.end(done),
    destroy: (error, done) => {
      far.destroy();
      done(error);
    },
  });
  far.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += mostBytes) cutting.push(bytes.subarray(at, at + mostBytes));
  });
  far.once('end', () => cutting.push(null)).on('error', () => undefined);
  near.on('error', () => undefined);
  return [near, cutting];
}

interface Opened {
  readonly session: ClientHttp2Session;
  readonly faults: string[];
}

/** Our server, which `asked` answers, and Node's client. */
function served(mostBytes: number, asked: (stream: Stream) => void): Opened {
  const [near, far] = connected(mostBytes);
  const faults: string[] = [];
  const owner: Owner = { asked, faulted: (reason) => faults.push(reason), left: () => undefined };
  // oxlint-disable-next-line no-new -- it lives by its socket
  new Connection(far, { isServer: true, idleMs: IDLE_MS }, owner);
  const session = connect(`https://${AUTHORITY}`, { createConnection: () => near });
  session.on('error', () => undefined);
  return { session, faults };
}

interface Answered {
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
  readonly trailers: Record<string, unknown>;
}

async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: Buffer,
): Promise<Answered> {
  const stream = session.request({ ':method': 'POST', ':path': '/', ...headers }, { waitForTrailers: true });
  let trailers = {};
  stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': String(body.length) }));
  stream.once('trailers', (found: object) => (trailers = found));
  stream.end(body);
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { headers: answer, body: await buffer(stream), trailers };
}

const contentOf = (stream: Stream): Readable | Uint8Array =>
  stream.incoming.takeWhole() ?? readableOf(stream, () => stream.discard());

/** Echoes the request: headers, content and trailers. */
function echo(stream: Stream): void {
  const headers = (stream.request?.headers ?? []).map((text, at) => (at % 2 === 0 ? `e-${text}` : text));
  const content = contentOf(stream);
  stream.sendHead([':status', '200', ...headers]);
  if (content instanceof Uint8Array) return stream.sendLast(content);
  content.pipe(writableOf(stream, () => stream.incoming.trailers));
}

const pieces = fc.constantFrom(1, 7, 1_000, 65_536);
const sizes = fc.constantFrom(0, 1, 5_000, 200_000);
const value = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/);
const headers = fc.dictionary(fc.stringMatching(/^x-[a-z0-9]{1,8}$/), value, { maxKeys: 8 });

test('a client gets all answers of the server, in any mix of requests', async () => {
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.array(fc.tuple(headers, sizes), { minLength: 1, maxLength: 4 }),
      async (most, asked) => {
        const { session, faults } = served(most, echo);
        const answers = asked.map(async ([fields, size]) => {
          const body = Buffer.alloc(Math.min(size, most * 5_000), 'x');
          const answer = await ask(session, fields, body);
          const sent = Object.entries(fields).map(([name, text]) => [`e-${name}`, text]);
          expect(answer.headers).toMatchObject(Object.fromEntries(sent));
          expect(answer.body.equals(body)).toBe(true);
          expect(answer.trailers).toMatchObject({ 'x-sum': String(body.length) });
        });
        await Promise.all(answers);
        expect(faults).toEqual([]);
        session.destroy();
      },
    ),
    { numRuns: runs(25) },
  );
});

test('a stream that its client resets ends alone', async () => {
  const broken: (Error | undefined)[] = [];
  const { session } = served(65_536, (stream) => {
    if (stream.request?.path !== '/left') return echo(stream);
    stream.listener = { headed: () => undefined, closed: (error) => broken.push(error) };
  });
  const left = session.request({ ':method': 'POST', ':path': '/left' });
  left.on('error', () => undefined);
  left.write('x');
  const other = ask(session, {}, Buffer.from('other'));
  setTimeout(() => left.close(8), 20);
  await once(left, 'close');
  expect((await other).body.toString()).toBe('other');
  expect(broken.map((error) => error?.message)).toEqual(['the client broke off the stream (cancel)']);
  session.destroy();
});

/** Our client, and Node's server, which echoes the request. */
function client(mostBytes: number): { connection: Connection; faults: string[]; close: () => void } {
  const [near, far] = connected(mostBytes);
  const server = createServer();
  server.on('stream', (stream, head, flags) => {
    stream.on('error', () => undefined);
    stream.respond(
      { ':status': 200, 'x-method': String(head[':method']), 'x-said': String(head['x-said']) },
      { waitForTrailers: true },
    );
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-end': '1' }));
    if ((flags & 1) === 0) stream.pipe(stream);
    else stream.end('nothing');
  });
  server.emit('connection', far);
  const faults: string[] = [];
  const owner: Owner = { faulted: (reason) => faults.push(reason), left: () => undefined };
  return {
    connection: new Connection(near, { isServer: false, idleMs: IDLE_MS }, owner),
    faults,
    close: () => near.destroy(),
  };
}

async function request(
  connection: Connection,
  said: string,
  body: Buffer,
): Promise<{ head: AnswerHead2; body: Buffer }> {
  const stream = connection.open();
  const head = await new Promise<AnswerHead2>((resolve, reject) => {
    stream.listener = {
      headed: resolve,
      closed: (error) => (error === undefined ? undefined : reject(error)),
    };
    const fields = [
      ':method',
      'POST',
      ':scheme',
      'https',
      ':authority',
      AUTHORITY,
      ':path',
      '/',
      'x-said',
      said,
    ];
    stream.sendBlock(encodeFields(fields), false);
    writableOf(stream, () => []).end(body);
  });
  const content = contentOf(stream);
  return { head, body: content instanceof Uint8Array ? Buffer.from(content) : await buffer(content) };
}

test('the host receives the request, and the gateway its answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.array(fc.tuple(value, sizes), { minLength: 1, maxLength: 4 }),
      async (most, asked) => {
        const { connection, faults, close } = client(most);
        await Promise.all(
          asked.map(async ([said, size]) => {
            const body = Buffer.alloc(Math.min(size, most * 5_000), 'x');
            const answer = await request(connection, said, body);
            expect(answer.head).toMatchObject({ status: 200 });
            expect(answer.head.headers).toEqual(expect.arrayContaining(['x-method', 'POST', 'x-said', said]));
            expect(answer.body.equals(body)).toBe(true);
          }),
        );
        expect(faults).toEqual([]);
        close();
      },
    ),
    { numRuns: runs(25) },
  );
});
