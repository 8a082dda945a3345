import type { Duplex, Readable, Writable } from 'node:stream';
import type { Outcome } from '../../audit/line.ts';
import { Exhausted, metered, spend } from '../../budget/meter.ts';
import { describeRefusal } from '../../gate/denial.ts';
import type { Gate, Passage, Refusal } from '../../gate/gate.ts';
import { RULE_CHANGED } from '../../gate/gate-refusals.ts';
import { dialHttp } from '../../outward/dial.ts';
import type { DialTls, Protocol } from '../../outward/dial-tls.ts';
import { readAnswer, type ReadAnswer } from '../../screen/answer.ts';
import { Blocked } from '../../screen/room.ts';
import { secretFound } from '../../screen/request.ts';
import type { Screen } from '../../screen/screen.ts';
import { respondTo, upstreamFailed } from '../exchange/error-response.ts';
import { authorityOf } from '../../message/canonical.ts';
import { proxyAskedBy, refusalOfProxy } from '../exchange/company-proxy.ts';
import type { Body, HttpRequest, Reply, Sent } from '../../message/exchange.ts';
import { scrubbedFault } from '../exchange/fault.ts';
import { endToEnd, headBytes, trailersOf, type RawHeaders } from '../../message/headers.ts';
import { breakWhenSilent, withAnswerTimeout } from '../exchange/upstream-timeout.ts';
import { pour } from '../exchange/pour.ts';
import { createUpstreams1 } from './h1.ts';
import { createSessions } from './sessions.ts';
import type { Scrub } from '../../inject/scrub/scrub.ts';
import { headersForWholeAnswer } from '../../inject/scrub/whole-answers.ts';

/** One allowed request on the way to its host, and its answer on the way back, both as streams. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly reply: Reply;
  readonly passage: Passage;
  /** The client's protocol. The gateway offers the host nothing newer. */
  readonly protocol: Protocol;
}

export interface Forwarder {
  forward(exchange: Exchange): void;
  /** Closes idle connections to hosts now, and those in use when their request ends. */
  dropIdle(): void;
  close(): void;
}

export interface ForwarderParts {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly dialTls: DialTls;
  /** Timeout of a host in milliseconds, while the gateway waits for it. */
  readonly upstreamSilenceMs: number;
}

/**
 * Forwards requests between both versions of HTTP: for an HTTP/2 client, the host may use either version, and for any
 * other client HTTP/1.1. Reports the result of an exchange to its client and the log.
 */
export function createForwarder(parts: ForwarderParts): Forwarder {
  const { dialTls } = parts;
  const upstreams1 = createUpstreams1(async (passage) =>
    unlessRevoked(
      passage,
      passage.asked.scheme === 'https'
        ? await dialTls(passage, ['http/1.1'])
        : await dialHttp(passage.route, passage.asked),
    ),
  );
  const sessions = createSessions(
    async (passage) => unlessRevoked(passage, await dialTls(passage, ['h2', 'http/1.1'])),
    parts.upstreamSilenceMs,
    (outbound, passage) => upstreams1.send(outbound, passage),
  );
  const sendOverAny = async ({ passage, reply }: Exchange, outbound: HttpRequest): Promise<Sent> => {
    // Before anything was sent, a reply has begun only if no client is left to read it.
    const origin = { passage, isWanted: () => !reply.hasBegun() };
    return (await sessions.send(outbound, origin)) ?? upstreams1.send(outbound, passage);
  };
  const send: Send = (exchange, outbound) =>
    exchange.protocol === 'h2'
      ? sendOverAny(exchange, outbound)
      : upstreams1.send(outbound, exchange.passage);
  return {
    forward: (exchange) => void carry(exchange, parts, send).catch(() => exchange.reply.breakOff()),
    dropIdle: () => {
      upstreams1.dropIdle();
      sessions.dropIdle();
    },
    close: () => {
      upstreams1.close();
      sessions.close();
    },
  };
}

/** Returns the connection, or closes it if its passage was revoked during the dial. @throws Error with the reason */
function unlessRevoked<Connection extends Duplex>(passage: Passage, connection: Connection): Connection {
  const reason = passage.revocation.revoked();
  if (reason === undefined) return connection;
  connection.destroy();
  throw new Error(reason);
}

/** The progress of an exchange. */
interface Progress {
  sent?: Sent;
  answer?: ReadAnswer;
  /** Why the gateway broke it off. */
  why?: string;
}

type Send = (exchange: Exchange, outbound: HttpRequest) => Sent | Promise<Sent>;

async function carry(exchange: Exchange, parts: ForwarderParts, send: Send): Promise<void> {
  const { gate, screen, upstreamSilenceMs } = parts;
  const { request, reply, passage } = exchange;
  const progress: Progress = {};
  let isOver = false;
  reply.onceClosed(() => {
    isOver = true;
    passage.end(outcomeOf(progress, reply.isFinished() ? 'closed' : 'broke off'));
    // This includes an answer that came before the host had taken the whole request.
    progress.sent?.abandon();
  });
  passage.revocation.whenRevoked((reason) => {
    progress.why = reason;
    progress.sent?.abandon();
    if (reply.hasBegun()) reply.breakOff();
  });
  try {
    if (isOver) return;
    const outbound = outboundOf(request, passage);
    progress.sent = await send(exchange, outbound);
    // The client left, or its passage was revoked, during the dial.
    if (isOver || progress.why !== undefined) progress.sent.abandon();
    progress.answer = readAnswer(
      await withAnswerTimeout(progress.sent.answered, outbound.body, upstreamSilenceMs),
      passage,
      screen.scrub,
    );
    sendBack(exchange, progress, parts);
  } catch (error) {
    progress.sent?.abandon();
    if (error instanceof Blocked)
      answerRefused(exchange, progress, gate.block(passage.asked, secretFound(error.findings)));
    else if (error instanceof Exhausted)
      answerRefused(exchange, progress, gate.exhausted(passage.asked, error.spent));
    else if (reply.hasBegun()) reply.breakOff();
    else if (progress.why === undefined)
      answerFailure(exchange, progress, scrubbedFault(error, passage, screen.scrub));
    else await answerRevoked(exchange, progress, gate);
  }
}

function outcomeOf({ sent, answer, why }: Progress, reason: string): Outcome {
  const { up, down } = sent?.traffic() ?? { up: 0, down: 0 };
  return {
    bytes: up + down,
    up,
    down,
    status: answer?.status,
    usage: answer?.usage(),
    reason: why ?? reason,
  };
}

function outboundOf(request: HttpRequest, passage: Passage): HttpRequest {
  const { method, path, headers, body, trailers } = request;
  const authority = authorityOf(passage.asked);
  // Requests without content have no trailers, and nearly all requests have none.
  const lastly = body === undefined ? trailers : readOnce(trailers);
  const isHere = body instanceof Uint8Array;
  spend(passage.budget, headBytes(path, headers) + (isHere ? body.length + headBytes('', lastly()) : 0));
  return {
    method,
    path: proxyAskedBy(passage) === undefined ? path : `http://${authority}${path}`,
    headers: requestHeaders(request, authority, passage),
    body: body === undefined || isHere ? body : metered(body, passage.budget, lastly),
    trailers: lastly,
    // RFC 9110, 10.1.4; gRPC needs it. In HTTP/1.1 it is hop-by-hop, and Node's servers send trailers anyway.
    wantsTrailers: request.wantsTrailers,
  };
}

/** Caches the trailers, which are read once for the count, and once to send them. */
function readOnce(trailers: () => RawHeaders): () => RawHeaders {
  let last: RawHeaders | undefined;
  return () => (last ??= trailers());
}

function requestHeaders({ headers: raw }: HttpRequest, authority: string, passage: Passage): string[] {
  const { budget, isLent } = passage;
  // Counting and scrubbing require readable content. The host may reveal what it was lent, by whichever rule.
  const isRead = budget.limitsTokens || isLent;
  const replaced = ['host', 'expect', ...(isRead ? ['accept-encoding'] : [])];
  const asking = isLent ? headersForWholeAnswer(raw, replaced) : endToEnd(raw, replaced);
  const own = isRead ? ['Accept-Encoding', 'identity'] : [];
  const headers = ['Host', authority, ...asking, ...own];
  const authorization = proxyAskedBy(passage)?.authorization;
  if (authorization !== undefined) headers.push('Proxy-Authorization', authorization);
  return headers;
}

function sendBack(
  exchange: Exchange,
  progress: Progress,
  { screen, upstreamSilenceMs }: ForwarderParts,
): void {
  const { reply, passage } = exchange;
  const { answer } = progress;
  if (answer === undefined) return;
  const refused = refusalOfProxy(answer, passage);
  if (refused !== undefined) {
    drop(answer.body);
    return answerFailure(exchange, progress, refused);
  }
  const { status, statusMessage, headers } = answer;
  const head = { status, statusMessage, headers: endToEnd(headers) };
  spend(passage.budget, headBytes(statusMessage ?? '', headers));
  try {
    if (answer.body instanceof Uint8Array) {
      spend(passage.budget, answer.body.length);
      reply.whole(head, answer.body);
    } else {
      const body = metered(answer.body, passage.budget, answer.trailers);
      pourBack(exchange, progress, { body, to: reply.begin(head), scrub: screen.scrub });
      breakWhenSilent(body, upstreamSilenceMs);
    }
  } catch (error) {
    if (error instanceof Exhausted) throw error;
    drop(answer.body);
    answerFailure(exchange, progress, scrubbedFault(error, passage, screen.scrub));
  }
}

function pourBack(
  { reply, passage }: Exchange,
  progress: Progress,
  { body, to, scrub }: { readonly body: Readable; readonly to: Writable; readonly scrub: Scrub },
): void {
  // The body may have broken off before this listener.
  if (body.errored !== null) progress.why ??= scrubbedFault(body.errored, passage, scrub);
  body.once('end', () => reply.addTrailers(trailersOf(progress.answer?.trailers() ?? [])));
  body.once('error', (error) => (progress.why ??= scrubbedFault(error, passage, scrub)));
  pour(body, to, () => reply.breakOff());
}

function drop(body: Body): void {
  if (!(body instanceof Uint8Array)) body.destroy();
}

/** Refuses in the middle. Everything sent before was within the rules and limits. */
function answerRefused({ reply, passage }: Exchange, progress: Progress, refusal: Refusal): void {
  passage.end(outcomeOf(progress, refusal.reason));
  respondTo(reply, describeRefusal(passage.asked, refusal));
}

/** Answers with the rule that is against the request now. */
async function answerRevoked(exchange: Exchange, progress: Progress, gate: Gate): Promise<void> {
  const { asked } = exchange.passage;
  const judged = await gate.judge(asked);
  if (judged.verdict === 'deny') return answerRefused(exchange, progress, judged);
  answerRefused(exchange, progress, { verdict: 'deny', ...RULE_CHANGED });
}

function answerFailure({ reply, passage }: Exchange, progress: Progress, reason: string): void {
  passage.end(outcomeOf(progress, reason));
  respondTo(reply, upstreamFailed(passage.asked, reason));
}
