import type { ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { reasonOf } from '../../errors.ts';
import { describeRefusal } from '../denial.ts';
import type { Gate, Passage, Refusal, Route } from '../gate.ts';
import { dialHttp } from '../outward/dial.ts';
import type { DialTls, Protocol } from '../outward/dialTls.ts';
import { scrubAnswer } from '../screen/answer.ts';
import { Blocked } from '../screen/body.ts';
import { secretFound } from '../screen/request.ts';
import type { Screen } from '../screen/screen.ts';
import { respondTo, upstreamFailed } from './answer.ts';
import { authorityOf } from './authority.ts';
import type { Answered, Inbound, Outbound, Reply, Sent } from './exchange.ts';
import { endToEnd, trailersOf, valuesOf } from './headers.ts';
import { createClient1, poolKey } from './host/h1.ts';
import { openSession, sendOver2 } from './host/h2.ts';

/** One allowed request, carried to its host and its answer back, streaming both ways. */
export interface Exchange {
  readonly inbound: Inbound;
  readonly reply: Reply;
  readonly passage: Passage;
  /** What the client speaks; the host is offered no more. */
  readonly protocol: Protocol;
}

export interface Forwarder {
  forward(exchange: Exchange): void;
  close(): void;
}

/** Hosts of which is known what they speak. */
const MAX_KNOWN = 500;

export interface ForwarderParts {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly dialTls: DialTls;
}

export function createForwarder(parts: ForwarderParts): Forwarder {
  const { dialTls } = parts;
  const dial = async (passage: Passage, protocols: readonly Protocol[]): Promise<Duplex> =>
    passage.asked.scheme === 'https'
      ? await dialTls(passage, protocols)
      : await dialHttp(passage.route, passage.asked);
  const client1 = createClient1(async (passage) => await dial(passage, ['http/1.1']));
  const sessions = createSessions(dialTls);
  const send = async ({ passage, protocol }: Exchange, outbound: Outbound): Promise<Sent> => {
    const session = protocol === 'h2' ? await sessions.find(passage) : undefined;
    return session === undefined ? client1.send(outbound, passage) : sendOver2(session, outbound);
  };
  return {
    forward: (exchange) => void carry(exchange, parts, send),
    close: () => {
      client1.close();
      sessions.close();
    },
  };
}

interface Sessions {
  /** One to the host of this passage; undefined where it does not speak HTTP/2. @throws Error when it cannot be reached */
  find(passage: Passage): Promise<ClientHttp2Session | undefined>;
  close(): void;
}

function createSessions(dialTls: DialTls): Sessions {
  const known = new Map<string, Promise<ClientHttp2Session | undefined>>();
  const open = async (passage: Passage, key: string): Promise<ClientHttp2Session | undefined> => {
    const secure = await dialTls(passage, ['h2', 'http/1.1']);
    if (secure.alpnProtocol !== 'h2') {
      secure.destroy();
      return undefined;
    }
    const session = openSession(secure, passage);
    session.once('close', () => known.delete(key)).once('goaway', () => known.delete(key));
    return session;
  };
  const find: Sessions['find'] = async (passage) => {
    const key = poolKey(passage);
    const found = await known.get(key);
    if (found !== undefined && (found.closed || found.destroyed)) known.delete(key);
    const before = known.get(key);
    if (before !== undefined) return await before;
    if (known.size >= MAX_KNOWN) known.clear();
    const opening = open(passage, key);
    known.set(key, opening);
    opening.catch(() => known.delete(key));
    return await opening;
  };
  const close = (): void => {
    for (const opening of known.values()) {
      opening.then(
        (session) => session?.destroy(),
        () => undefined,
      );
    }
  };
  return { find, close };
}

async function carry(
  exchange: Exchange,
  { gate, screen }: ForwarderParts,
  send: (exchange: Exchange, outbound: Outbound) => Promise<Sent>,
): Promise<void> {
  const { inbound, reply, passage } = exchange;
  let sent: Sent | undefined;
  let isOver = false;
  reply.onceClosed(() => {
    isOver = true;
    passage.end({ bytes: sent?.bytes() ?? 0, reason: reply.isFinished() ? 'closed' : 'broke off' });
    if (!reply.isFinished()) sent?.abandon();
  });
  try {
    sent = await send(exchange, outboundOf(inbound, passage));
    // The client left while the connection was made.
    if (isOver) sent.abandon();
    const answered = await sent.answered;
    sendBack(exchange, scrubAnswer(answered, passage, screen.scrub));
  } catch (error) {
    sent?.abandon();
    if (error instanceof Blocked)
      answerBlocked(exchange, gate.block(passage.asked, secretFound(error.findings)));
    else if (reply.hasBegun()) reply.breakOff();
    else answerFailure(exchange, reasonOf(error));
  }
}

function outboundOf(inbound: Inbound, passage: Passage): Outbound {
  const { method, path, headers, body, trailers } = inbound;
  const authority = authorityOf(passage.asked);
  const throughProxy = passage.route.kind === 'proxy' && passage.asked.scheme === 'http';
  return {
    method,
    path: throughProxy ? `http://${authority}${path}` : path,
    headers: requestHeaders(inbound, authority, throughProxy ? passage.route : undefined),
    body,
    trailers,
    // RFC 9110, 10.1.4; gRPC asks for it. In HTTP/1.1 it is between neighbours, and Node's servers send trailers anyway.
    wantsTrailers: valuesOf(headers, 'te').includes('trailers'),
  };
}

function requestHeaders({ headers: raw }: Inbound, authority: string, route: Route | undefined): string[] {
  const headers = ['Host', authority, ...endToEnd(raw, ['host', 'expect'])];
  if (route?.kind === 'proxy' && route.proxy.authorization !== undefined) {
    headers.push('Proxy-Authorization', route.proxy.authorization);
  }
  return headers;
}

function sendBack(exchange: Exchange, answer: Answered): void {
  const { reply, passage } = exchange;
  if (answer.status === 407 && passage.route.kind === 'proxy') {
    // The client could do nothing about it: it is not its proxy.
    answer.body.destroy();
    const { host, port } = passage.route.proxy;
    return answerFailure(exchange, `the proxy ${host}:${port} answered 407 (credentials in HTTPS_PROXY)`);
  }
  const { status, statusMessage, body } = answer;
  let to: ReturnType<Reply['begin']>;
  try {
    to = reply.begin({ status, statusMessage, headers: endToEnd(answer.headers) });
  } catch (error) {
    body.destroy();
    return answerFailure(exchange, reasonOf(error));
  }
  body.once('end', () => reply.addTrailers(trailersOf(answer.trailers())));
  pipeline(body, to, (error) => {
    if (error) reply.breakOff();
  });
}

/** What had left by then held nothing that was found. */
function answerBlocked({ reply, passage }: Exchange, refusal: Refusal): void {
  passage.end({ bytes: 0, reason: refusal.reason });
  respondTo(reply, describeRefusal(passage.asked, refusal));
}

function answerFailure({ reply, passage }: Exchange, reason: string): void {
  passage.end({ bytes: 0, reason });
  respondTo(reply, upstreamFailed(passage.asked, reason));
}
