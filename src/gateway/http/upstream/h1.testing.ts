import { duplexPair, PassThrough, Readable, type Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import type { Passage } from '../../gate/gate.ts';
import type { Body, HttpRequest, HttpResponse, Sent } from '../../message/exchange.ts';
import { createUpstreams1, type Upstreams1 } from './h1.ts';

/** Hosts in memory, for tests of requests to them. */

/** A connection from the upstream's side. */
export interface UpstreamSide {
  readonly stream: Duplex;
  readonly heard: () => string;
}

export interface Scene {
  readonly client: Upstreams1;
  readonly upstreams: UpstreamSide[];
  readonly send: (outbound?: Partial<HttpRequest>, passage?: Partial<Passage>) => Sent;
}

export const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 8; turns += 1) await turn();
};

export const PASSAGE = {
  asked: { via: 'tls', host: 'a.test', port: 443, scheme: 'https', method: 'GET', path: '/' },
  route: { kind: 'direct', addresses: ['192.0.2.1'] },
  mayFollowContent: true,
} as unknown as Passage;
export const OUTBOUND: HttpRequest = {
  method: 'GET',
  path: '/a',
  headers: ['Host', 'a.test'],
  body: undefined,
  trailers: () => [],
  wantsTrailers: false,
};

/** Returns a client whose upstreams answer as the test writes. */
export function open(): Scene {
  const upstreams: UpstreamSide[] = [];
  const client = createUpstreams1(async () => {
    const [ours, theirs] = duplexPair();
    ours.once('close', () => theirs.destroy());
    let heard = '';
    theirs.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1'))).on('error', () => undefined);
    upstreams.push({ stream: theirs, heard: () => heard });
    await turn();
    return ours;
  });
  const send: Scene['send'] = (outbound, passage) => {
    const sent = client.send({ ...OUTBOUND, ...outbound }, { ...PASSAGE, ...passage });
    // A test may await it only later.
    sent.answered.catch(() => undefined);
    return sent;
  };
  return { client, upstreams, send };
}

/** Makes an upstream send this text. */
export async function say(
  { stream }: UpstreamSide | undefined = { stream: new PassThrough(), heard: () => '' },
  text = '',
): Promise<void> {
  stream.write(Buffer.from(text, 'latin1'));
  await settle();
}

export const contentOf = async (body: Body): Promise<string> =>
  (body instanceof Readable ? await buffer(body) : Buffer.from(body)).toString('latin1');

/** Returns the answer to a request without content from an upstream that sends this text, and then ends if `ends`. */
export async function answerTo(
  said: string,
  { ends = false, method = 'GET' } = {},
): Promise<{ answer: HttpResponse; content: string }> {
  const { upstreams, send } = open();
  const sent = send({ method });
  await settle();
  await say(upstreams[0], said);
  if (ends) upstreams[0]?.stream.end();
  const answer = await sent.answered;
  return { answer, content: await contentOf(answer.body) };
}

export const FINE = 'HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok';
