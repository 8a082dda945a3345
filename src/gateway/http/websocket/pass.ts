import { randomBytes } from 'node:crypto';
import { PassThrough, pipeline, Readable, type Duplex, type Transform, type Writable } from 'node:stream';
import { reasonOf } from '../../../errors.ts';
import type { Allowance } from '../../budget/budget.ts';
import { Exhausted, metered, spend } from '../../budget/meter.ts';
import type { TokenUsage } from '../../config.ts';
import { describeRefusal } from '../../gate/denial.ts';
import type { Passage } from '../../gate/gate.ts';
import { dialHttp } from '../../outward/dial.ts';
import type { DialTls } from '../../outward/dial-tls.ts';
import { readAnswer, scrubbedFields } from '../../screen/answer.ts';
import { Blocked } from '../../screen/room.ts';
import { secretFound } from '../../screen/request.ts';
import { judgeRequest } from '../../screen/judge.ts';
import type { Screen } from '../../screen/screen.ts';
import { upstreamFailed } from '../exchange/error-response.ts';
import { refusalOfProxy } from '../exchange/company-proxy.ts';
import type {
  Answer,
  Body,
  HttpRequest,
  HttpResponse,
  ResponseHead,
  Sent,
  Traffic,
} from '../../message/exchange.ts';
import { scrubbedFault } from '../exchange/fault.ts';
import { endToEnd, headBytes, valuesOf } from '../../message/headers.ts';
import { Backlog } from '../h1/backlog.ts';
import { ContentSink } from '../h1/sink.ts';
import { ONE_PIECE } from '../../message/held.ts';
import { UpstreamConnection1 } from '../upstream/connection1.ts';
import { breakWhenSilent, withAnswerTimeout } from '../exchange/upstream-timeout.ts';
import { Exchange1 } from '../upstream/exchange1.ts';
import type { ForwarderParts } from '../upstream/forward.ts';
import type { Entrance } from '../../message/target.ts';
import { BadFrame } from './frames.ts';
import { isAccepted, outboundOf } from './handshake.ts';
import { inspectFrames } from './inspect.ts';
import { scrubbingFrames } from './scrub.ts';
import { usageOfFrames } from './usage.ts';

/** Handles a WebSocket from its handshake to its end. To the host, it always uses HTTP/1.1 (RFC 6455). */

/** A client that asks for a WebSocket, in any version of HTTP. */
export interface WebSocketClient {
  /** Frames in both directions, once it was accepted. */
  readonly stream: Duplex;
  /** The host has accepted, with this head. */
  readonly accept: (head: ResponseHead) => void;
  /** The host has given another answer. */
  readonly passOn: (head: ResponseHead, body: Readable) => void;
  /** Sends an answer of the gateway itself. Has no effect once the client is gone. */
  readonly answer: (said: Answer) => void;
  /** The client can receive nothing more. */
  readonly isGone: () => boolean;
}

export interface WebSocketParts extends ForwarderParts {
  readonly entrance: Entrance;
}

/** Passes on a WebSocket's handshake and then its frames, or answers why not. */
export async function passWebSocket(
  client: WebSocketClient,
  received: HttpRequest,
  parts: WebSocketParts,
): Promise<void> {
  const { gate, screen, entrance, dialTls, upstreamSilenceMs } = parts;
  const admitted = await judgeRequest(received, { gate, screen, entrance, isWebSocket: true });
  if (!('passage' in admitted)) return client.answer(admitted);
  const { request, passage } = admitted;
  try {
    spend(passage.budget, headBytes(received.path, received.headers));
    const host = await dial(passage, dialTls);
    handshake(client, { host, passage, request, gate, screen, upstreamSilenceMs });
  } catch (error) {
    client.answer(failureOf(error, { up: 0, down: 0 }, { passage, gate, screen }));
  }
}

/** Logs the end, and returns the answer for the client. */
function failureOf(
  error: unknown,
  { up, down }: Traffic,
  { passage, gate, screen }: Pick<Handshake, 'passage' | 'gate' | 'screen'>,
): Answer {
  const reason = scrubbedFault(error, passage, screen.scrub);
  passage.end({ bytes: up + down, up, down, reason });
  return error instanceof Exhausted
    ? describeRefusal(passage.asked, gate.exhausted(passage.asked, error.spent))
    : upstreamFailed(passage.asked, reason);
}

async function dial(passage: Passage, dialTls: DialTls): Promise<Duplex> {
  return passage.asked.scheme === 'https'
    ? await dialTls(passage, ['http/1.1'])
    : await dialHttp(passage.route, passage.asked);
}

interface Handshake extends Pick<WebSocketParts, 'gate' | 'screen' | 'upstreamSilenceMs'> {
  readonly host: Duplex;
  readonly passage: Passage;
  /** With the rule's identity. */
  readonly request: HttpRequest;
}

function handshake(client: WebSocketClient, parts: Handshake): void {
  const { host, passage, request, upstreamSilenceMs } = parts;
  const { stream } = client;
  // The client may have left during the dial.
  if (stream.destroyed || client.isGone()) return abandon(host, passage);
  const key = valuesOf(request.headers, 'sec-websocket-key')[0] ?? randomBytes(16).toString('base64');
  const exchange = new Exchange1(outboundOf({ passage, request }, key), { connection: 'upgrade' });
  const traffic: Progress['traffic'] = { up: 0, down: 0 };
  const end = (reason: string): void => {
    // Counts the handshake request in any case.
    const up = exchange.traffic().up + traffic.up;
    passage.end({ ...traffic, bytes: up + traffic.down, up, reason });
    for (const one of [stream, host]) one.destroy();
  };
  // With both directions in one stream over TLS, there are more listeners than Node's limit for leaks.
  for (const one of [stream, host]) one.setMaxListeners(32);
  passage.revocation.whenRevoked(end);
  stream.once('close', () => end('closed')).on('error', () => undefined);
  const progress = { traffic, end, key, sent: exchange };
  withAnswerTimeout(exchange.answered, undefined, upstreamSilenceMs)
    .then((answer) => takeAnswer(client, parts, { ...progress, answer }))
    .catch((error: unknown) => {
      client.answer(failureOf(error, exchange.traffic(), parts));
      host.destroy();
    });
  new UpstreamConnection1(host, '', () => host.destroy()).run(exchange);
}

interface Taking extends Progress {
  readonly answer: HttpResponse;
  readonly key: string;
  readonly sent: Sent;
}

/**
 * Passes on frames, or the host's other answer.
 * @throws Error when its handshake is wrong; Exhausted when its head exceeds the budget
 */
function takeAnswer(
  client: WebSocketClient,
  parts: Handshake,
  { answer, key, traffic, end, sent }: Taking,
): void {
  const { host, passage, gate, screen } = parts;
  const { stream } = client;
  if (stream.destroyed || client.isGone()) return end('the client left');
  const refusal = refusalOfProxy(answer, passage);
  if (refusal !== undefined) return answerFor(client, parts, { answer, sent, reason: refusal });
  if (answer.status !== SWITCHING_PROTOCOLS) return passRefusal(client, parts, { answer, sent });
  if (!isAccepted(answer, key)) throw new Error('the upstream’s WebSocket handshake is invalid');
  const answerHeadBytes = headBytes(answer.statusMessage ?? '', answer.headers);
  spend(passage.budget, answerHeadBytes);
  traffic.down += answerHeadBytes;
  host.once('close', () => end('closed'));
  client.accept(scrubbedHead(answer, passage, screen));
  if (answer.body instanceof Uint8Array && answer.body.length > 0) host.unshift(answer.body);
  joinFrames(stream, { host, passage, gate, screen }, { traffic, end });
}

const SWITCHING_PROTOCOLS = 101;

/** Answers the client when a company proxy answered instead of the host. */
function answerFor(
  client: WebSocketClient,
  { host, passage }: Handshake,
  { answer, sent, reason }: Pick<Taking, 'answer' | 'sent'> & { readonly reason: string },
): void {
  const { up, down } = sent.traffic();
  passage.end({ bytes: up + down, up, down, status: answer.status, reason });
  host.destroy();
  client.answer(upstreamFailed(passage.asked, reason));
}

/** Passes on a normal answer: counted and scrubbed. @throws Error when it cannot be inspected */
function passRefusal(
  { passOn }: WebSocketClient,
  { passage, screen, upstreamSilenceMs }: Handshake,
  { answer, sent }: Pick<Taking, 'answer' | 'sent'>,
): void {
  const { status, statusMessage, headers, body: given } = readAnswer(answer, passage, screen.scrub);
  spend(passage.budget, headBytes(statusMessage ?? '', headers));
  const body = metered(readableOf(given), passage.budget);
  breakWhenSilent(body, upstreamSilenceMs);
  body.once('close', () => {
    const { up, down } = sent.traffic();
    const reason = 'the upstream did not accept the WebSocket';
    passage.end({ bytes: up + down, up, down, status, reason });
  });
  passOn({ status, statusMessage, headers: endToEnd(headers) }, body);
}

function readableOf(body: Body): Readable {
  return body instanceof Uint8Array ? Readable.from([body]) : body;
}

function abandon(host: Duplex, passage: Passage): void {
  passage.end({ bytes: 0, reason: 'the client left' });
  host.destroy();
}

function scrubbedHead(
  { status, statusMessage, headers }: HttpResponse,
  passage: Passage,
  { scrub }: Screen,
): ResponseHead {
  return {
    status,
    statusMessage: scrub.text(statusMessage ?? ''),
    headers: scrubbedFields(endToEnd(headers, ['sec-websocket-extensions']), passage, scrub),
  };
}

interface Progress {
  readonly traffic: { up: number; down: number; usage?: TokenUsage };
  readonly end: (reason: string) => void;
}

/** Joins the frames of both directions: inspects the client's, and scrubs the host's. */
function joinFrames(
  stream: Duplex,
  { host, passage, gate, screen }: Omit<Handshake, 'request' | 'upstreamSilenceMs'>,
  { traffic, end }: Progress,
): void {
  const { budget } = passage;
  const count = (from: Duplex, way: 'up' | 'down'): void => {
    from.on('data', (chunk: Buffer) => {
      const spent = budget.pass(chunk.length);
      if (spent === undefined) traffic[way] += chunk.length;
      // Writes to a destroyed stream have no effect.
      else end(spent.reason);
    });
  };
  count(stream, 'up');
  count(host, 'down');
  if (budget.limitsTokens) countTokens(stream, { host, budget }, { traffic, end });
  pipeline(stream, inspecting(passage, { gate, screen }), sinkTo(host), () => undefined);
  if (passage.isLent) pipeline(host, scrubbingFrames(screen.scrub), sinkTo(stream), () => undefined);
  else pipeline(host, sinkTo(stream), () => undefined);
}

/** Writes as a `ContentSink`, so that waiting bytes count by their memory. Its end ends the connection. */
function sinkTo(connection: Duplex): Writable {
  const sink = new ContentSink({ to: new Backlog(connection), framing: 'close', trailers: () => [] });
  return sink.once('finish', () => connection.end());
}

/** Counts the tokens that the host states, or the estimate, at once. After the last, the client can send nothing. */
function countTokens(
  stream: Duplex,
  { host, budget }: { readonly host: Duplex; readonly budget: Allowance },
  { traffic, end }: Progress,
): void {
  const frames = usageOfFrames((usage) => {
    budget.use(usage);
    const { input, output } = traffic.usage ?? { input: 0, output: 0 };
    traffic.usage = { input: input + usage.input, output: output + usage.output };
  });
  host.on('data', (chunk: Buffer) => {
    try {
      frames.push(chunk);
    } catch (error) {
      end(`a frame from the host ${reasonOf(error)}`);
    }
  });
  host.once('close', frames.forget);
  stream.on('data', () => {
    const spent = budget.spent();
    // It may be the last of the requests that the bottle was allowed.
    if (spent?.limit === 'max_tokens') end(spent.reason);
  });
}

/** Inspects frames as other content. A blocked message ends the connection. */
function inspecting(
  { asked, grant }: Passage,
  { gate, screen }: Pick<WebSocketParts, 'gate' | 'screen'>,
): Transform {
  if (grant.dlp === undefined) return new PassThrough({ highWaterMark: ONE_PIECE });
  const frames = inspectFrames({ inspector: screen.inspector, host: asked.host, action: grant.dlp });
  frames.on('error', (error) => {
    if (error instanceof Blocked) gate.block(asked, secretFound(error.findings));
    // The end of the connection also breaks this stream. Then no frame was wrong.
    else if (error instanceof BadFrame)
      gate.refuse(asked, 'gateway.malformed', `a frame of the WebSocket ${error.message}`);
  });
  return frames;
}
