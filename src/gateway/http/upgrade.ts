import { request, type IncomingMessage } from 'node:http';
import { pipeline, type Duplex } from 'node:stream';
import { Exhausted, spend } from '../budget/meter.ts';
import { describeRefusal } from '../denial.ts';
import type { Gate, Passage } from '../gate.ts';
import { dialHttp } from '../outward/dial.ts';
import type { DialTls } from '../outward/dialTls.ts';
import { reasonOf } from '../../errors.ts';
import type { BodyInspection } from '../dlp/finding.ts';
import type { Scrub } from '../inject/scrub.ts';
import { scrubbing } from '../screen/answer.ts';
import type { Screen } from '../screen/screen.ts';
import { admit } from './admit.ts';
import { upstreamFailed, rawAnswer, type Answer } from './answer.ts';
import { inboundOf1 } from './client/h1.ts';
import { authorityOf } from './authority.ts';
import type { Inbound } from './exchange.ts';
import { inspectFrames, type FrameFault } from '../websocket/inspect.ts';
import { endToEnd, pairsOf, sizeOf } from './headers.ts';
import { readWebSocketTarget, type Entrance } from './target.ts';

/** Requests that want to change the protocol (RFC 9110, 7.8): to a WebSocket where a rule allows it, else to nothing. */

export interface Upgrading {
  readonly incoming: IncomingMessage;
  readonly stream: Duplex;
  /** What came behind the head. */
  readonly rest: Buffer;
}

export interface UpgradeParts {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly entrance: Entrance;
  readonly dialTls: DialTls;
}

/** The same request without its offer, with what came behind it: as bytes, to be read once more. */
export function withoutUpgrade(
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  rest: Buffer,
): Buffer {
  const kept = pairsOf(rawHeaders).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    if (key === 'upgrade' || key === 'http2-settings') return [];
    const left =
      key === 'connection'
        ? value.split(',').filter((option) => !OFFERS.has(option.trim().toLowerCase()))
        : [value];
    return left.length === 0 ? [] : [`${name}: ${left.join(',')}\r\n`];
  });
  const head = `${method} ${url} HTTP/${httpVersion}\r\n${kept.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), rest]);
}

const OFFERS = new Set(['upgrade', 'http2-settings']);

/** Passes a WebSocket's handshake and then its frames on, or answers why not. */
export async function passWebSocket(upgrading: Upgrading, parts: UpgradeParts): Promise<void> {
  const { incoming, stream } = upgrading;
  const { gate, screen, entrance, dialTls } = parts;
  const { method = '', url = '', rawHeaders, httpVersion: version } = incoming;
  const target = readWebSocketTarget(entrance, { method, url, headers: rawHeaders, version });
  if (target.kind === 'health') return void stream.destroy();
  const admitted = await admit(inboundOf1(incoming, url), target, {
    gate,
    screen,
    entrance,
    isWebSocket: true,
  });
  if (!('passage' in admitted)) return answer(stream, admitted);
  const { passage, inbound } = admitted;
  try {
    spend(passage.budget, sizeOf(url, rawHeaders));
    const host = await dial(passage, dialTls);
    handshake(upgrading, { host, passage, inbound, gate, screen });
  } catch (error) {
    const reason = reasonOf(error);
    passage.end({ bytes: 0, reason });
    answer(
      stream,
      error instanceof Exhausted
        ? describeRefusal(passage.asked, gate.exhausted(passage.asked, error.spent))
        : upstreamFailed(passage.asked, reason),
    );
  }
}

async function dial(passage: Passage, dialTls: DialTls): Promise<Duplex> {
  return passage.asked.scheme === 'https'
    ? await dialTls(passage, ['http/1.1'])
    : await dialHttp(passage.route, passage.asked);
}

function answer(stream: Duplex, said: Answer): void {
  stream.end(rawAnswer(said));
}

interface Handshake extends Pick<UpgradeParts, 'gate' | 'screen'> {
  readonly host: Duplex;
  readonly passage: Passage;
  /** With the rule's identity. */
  readonly inbound: Inbound;
}

function handshake({ stream, rest }: Upgrading, { host, passage, inbound, gate, screen }: Handshake): void {
  const { path } = inbound;
  // Without extensions, frames are what they say: compressed ones could not be looked into.
  const headers = endToEnd(inbound.headers, ['host', 'sec-websocket-extensions']);
  const outgoing = request({
    createConnection: () => host,
    method: 'GET',
    path:
      passage.route.kind === 'proxy' && passage.asked.scheme === 'http'
        ? `http://${authorityOf(passage.asked)}${path}`
        : path,
    headers: [
      'Host',
      authorityOf(passage.asked),
      ...headers,
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
    ],
    setHost: false,
  } as unknown as Parameters<typeof request>[0]);
  const traffic = { up: 0, down: 0 };
  const end = (reason: string): void => {
    passage.end({ bytes: traffic.up + traffic.down, ...traffic, reason });
    for (const one of [stream, host]) one.destroy();
  };
  passage.whenRevoked(end);
  stream.once('close', () => end('closed')).on('error', () => undefined);
  host.once('close', () => end('closed'));
  outgoing.on('error', (error) => {
    passage.end({ bytes: 0, reason: reasonOf(error) });
    answer(stream, upstreamFailed(passage.asked, reasonOf(error)));
  });
  outgoing.once('response', (refused) => {
    stream.write(headOf(refused, 'close', screen.scrub));
    pipeline(refused, scrubbing(screen.scrub), stream, () => end('the host did not take up the WebSocket'));
  });
  outgoing.once('upgrade', (accepted, _, first: Buffer) => {
    stream.write(headOf(accepted, 'Upgrade', screen.scrub));
    stream.unshift(rest);
    if (first.length > 0) host.unshift(first);
    joinFrames(stream, { host, passage, gate, screen }, { traffic, end });
  });
  outgoing.end();
}

interface Course {
  readonly traffic: { up: number; down: number };
  readonly end: (reason: string) => void;
}

/** Frames both ways: those of the client are looked into, those of the host lose what they must not tell. */
function joinFrames(
  stream: Duplex,
  { host, passage, gate, screen }: Omit<Handshake, 'inbound'>,
  { traffic, end }: Course,
): void {
  const { asked, grant, budget } = passage;
  const onFault = (fault: FrameFault): void => {
    gate.block(asked, { rule: fault.findings.length > 0 ? 'gateway.dlp' : 'gateway.websocket', ...fault });
    end(fault.reason);
  };
  const count = (from: Duplex, way: 'up' | 'down'): void => {
    from.on('data', (chunk: Buffer) => {
      const spent = budget.pass(chunk.length);
      if (spent === undefined) traffic[way] += chunk.length;
      // What is written to a stream that is destroyed goes nowhere.
      else end(spent.reason);
    });
  };
  count(stream, 'up');
  count(host, 'down');
  pipeline(stream, inspectFrames(inspectionOf(passage, screen), onFault), host, () => undefined);
  if (grant.inject === undefined) pipeline(host, stream, () => undefined);
  else pipeline(host, scrubbing(screen.scrub), stream, () => undefined);
}

function inspectionOf({ asked, grant }: Passage, { inspector }: Screen): BodyInspection | undefined {
  if (grant.dlp === undefined) return undefined;
  // What is cut out of a frame would change its meaning: there, to redact is to block.
  const action = grant.dlp === 'redact' ? 'block' : grant.dlp;
  return inspector.body({ host: asked.host, where: 'frame', action });
}

function headOf(
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
  connection: 'close' | 'Upgrade',
  scrub: Scrub,
): Buffer {
  const upgrade = connection === 'Upgrade' ? ['Upgrade', 'websocket'] : [];
  const headers = pairsOf([
    ...endToEnd(rawHeaders, ['sec-websocket-extensions']),
    'Connection',
    connection,
    ...upgrade,
  ]);
  const lines = headers.map(([name, value]) => `${name}: ${scrub.text(value)}\r\n`).join('');
  return Buffer.from(`HTTP/1.1 ${statusCode} ${scrub.text(statusMessage ?? '')}\r\n${lines}\r\n`, 'latin1');
}
