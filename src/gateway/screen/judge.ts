import { Readable } from 'node:stream';
import { reasonOf } from '../../errors.ts';
import { withoutQuery } from '../audit/line.ts';
import { describeRefusal } from '../gate/denial.ts';
import type { Asked, Found, Gate, Judged, Passage, Refusal } from '../gate/gate.ts';
import { bodyFault } from '../inject/sigv4.ts';
import { canonicalEndpoint } from '../message/canonical.ts';
import { requestWith, type Answer, type Body, type HttpRequest } from '../message/exchange.ts';
import { endToEnd, trailersOf, type RawHeaders } from '../message/headers.ts';
import { overridesRequest, secondPathsOf, withoutOtherHosts } from '../message/overrides.ts';
import { portOf, readTarget, schemeOf, type Entrance } from '../message/target.ts';
import { Blocked, type HeldBody, giveRoom } from './room.ts';
import { holdContent, identify, inspectHead, inspectTrailers, secretFound } from './request.ts';
import type { Screen } from './screen.ts';

/**
 * Judges requests, in this place only, in this order: form and destination, policy, head, content, identity, trailers,
 * and last the line in the log that lets the request pass.
 */

export interface JudgeContext {
  readonly gate: Gate;
  readonly screen: Screen;
  readonly entrance: Entrance;
  readonly isWebSocket?: boolean;
}

/** A request as it may leave. */
export interface Admitted {
  readonly request: HttpRequest;
  readonly passage: Passage;
}

/** Judges a request. Its refusal, or the line that lets it pass, is in the log when this settles. */
export async function judgeRequest(request: HttpRequest, context: JudgeContext): Promise<Admitted | Answer> {
  const { gate, entrance, isWebSocket = false } = context;
  const target = readTarget(entrance, request, isWebSocket);
  if (target.kind === 'refused') {
    const asked = askedOf(
      request,
      { ...namedPlace(target.host, portOf(entrance)), path: request.path },
      context,
    );
    return describeRefusal(asked, gate.refuse(asked, target.rule, target.reason));
  }
  const { endpoint, path } = target;
  const asked = askedOf(request, { host: endpoint.host.host, port: endpoint.port, path }, context);
  const judged = await gate.judge(asked);
  if (judged.verdict === 'deny') return describeRefusal(asked, judged);
  const received = path === request.path ? request : requestWith(request, { path });
  const admitted = await admit(received, judged, context);
  return 'verdict' in admitted ? describeRefusal(asked, admitted) : admitted;
}

/** Finds host and port for a refusal's line, as far as possible: `example.org:8080` becomes example.org, port 8080. */
function namedPlace(text: string, port: number): { readonly host: string; readonly port: number } {
  const endpoint = canonicalEndpoint(text, port);
  return 'refused' in endpoint ? { host: text, port } : { host: endpoint.host.host, port: endpoint.port };
}

function askedOf(
  request: HttpRequest,
  { host, port, path }: { readonly host: string; readonly port: number; readonly path: string },
  { entrance, isWebSocket = false }: Pick<JudgeContext, 'entrance' | 'isWebSocket'>,
): Asked {
  return {
    via: entrance.via,
    host,
    port,
    scheme: schemeOf(entrance),
    method: request.method,
    path: withoutQuery(path),
    hasBody: request.body !== undefined,
    isWebSocket,
    isOverridden: overridesRequest(request),
    secondPaths: secondPathsOf(request.headers),
    tls: entrance.tls,
  };
}

const NO_BODY = { body: undefined, findings: [], roomBytes: 0 } as const;
type Admitting = Pick<JudgeContext, 'gate' | 'screen'>;

/**
 * Turns a request that a rule allows into one that may leave. When this settles, nothing has left, and the log has what
 * may leave. Never throws because of a client.
 */
export async function admit(
  received: HttpRequest,
  judged: Judged,
  context: Admitting,
): Promise<Admitted | Refusal> {
  const { gate, screen } = context;
  const { asked, grant } = judged;
  if (grant.inject !== undefined) await screen.rejections?.settled(grant.inject.secret);
  const headers = withoutOtherHosts(endToEnd(received.headers, ['host', 'expect']));
  const request = requestWith(received, { headers });
  const seen = inspectHead(request, judged, screen);
  if ('rule' in seen) return gate.block(asked, seen);
  const fault = grant.inject?.slot.kind === 'sigv4' ? bodyFault(headers) : undefined;
  if (fault !== undefined) return gate.refuse(asked, 'gateway.identity', `the request ${fault}`);
  const { body } = request;
  const held = body === undefined ? NO_BODY : await hold(body, judged, { gate, screen, headers });
  if ('verdict' in held) return held;
  let takenBytes = held.roomBytes;
  const giveRoomBack = (): void => {
    giveRoom(takenBytes);
    takenBytes = 0;
  };
  const findings = [...seen.findings, ...held.findings];
  try {
    const leaving = held.body === undefined ? request : requestWith(request, { body: held.body });
    const admitted = await letOut(leaving, judged, { gate, screen, findings, giveRoomBack });
    if ('verdict' in admitted) giveRoomBack();
    return admitted;
  } catch (error) {
    giveRoomBack();
    throw error;
  }
}

/** Waits for the content, as far as it must be inspected or signed before any of it leaves. */
async function hold(
  body: Body,
  judged: Judged,
  { gate, screen, headers }: Admitting & Pick<HttpRequest, 'headers'>,
): Promise<HeldBody | Refusal> {
  const { asked } = judged;
  const stopWaiting = body instanceof Readable ? gate.wait(judged) : undefined;
  if (typeof stopWaiting === 'object') return stopWaiting;
  try {
    return await holdContent({ headers, body }, judged, screen);
  } catch (error) {
    if (error instanceof Blocked) return gate.block(asked, secretFound(error.findings));
    return gate.refuse(asked, 'gateway.body', reasonOf(error));
  } finally {
    // Once let out, the request counts by itself; until then, it may wait for a name lookup, of which few run at
    // a time.
    stopWaiting?.();
  }
}

interface LettingOut extends Admitting {
  readonly findings: HeldBody['findings'];
  /** Call it when the request is over. */
  readonly giveRoomBack: () => void;
}

/** Lets the request out with the rule's identity, once its line is in the log. */
async function letOut(
  request: HttpRequest,
  judged: Judged,
  { gate, screen, findings, giveRoomBack }: LettingOut,
): Promise<Admitted | Refusal> {
  const { asked, grant } = judged;
  const { secret = '' } = grant.inject ?? {};
  const lent = grant.inject === undefined ? undefined : screen.identities[secret];
  const identified = identify(request, judged, screen);
  if ('refused' in identified)
    return gate.refuse(asked, 'gateway.identity', `the request ${identified.refused}`);
  const trailers = (): RawHeaders | Found => inspectTrailers(trailersOf(request.trailers()), judged, screen);
  // The whole body has arrived, and so have its trailers.
  const last = request.body instanceof Uint8Array ? trailers() : [];
  if ('rule' in last) return gate.block(asked, last);
  const passage = await gate.open(judged, findings, ({ status }) => {
    giveRoomBack();
    // An identity that the host rejects may have a new value outside.
    if (status === 401 && lent !== undefined) screen.rejections?.rejected(secret, lent.value);
  });
  if (passage.verdict === 'deny') return passage;
  const { path, headers } = identified;
  // Without content, there are no trailers.
  if (request.body === undefined) return { request: requestWith(request, { path, headers }), passage };
  const checked = (): RawHeaders => orBlocked(trailers(), (found) => gate.block(asked, found));
  return { request: requestWith(request, { path, headers, trailers: checked }), passage };
}

/** The content has left by then: drops trailers that may not follow it, and logs that. */
function orBlocked(trailers: RawHeaders | Found, block: (found: Found) => void): RawHeaders {
  if (!('rule' in trailers)) return trailers;
  block(trailers);
  return [];
}
