import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { reasonOf } from '../../errors.ts';
import type { InjectedSecret } from '../config.ts';
import { isBlocking, type Finding } from '../dlp/finding.ts';
import type { Found, Gate, Judged, Passage, Refusal } from '../gate/gate.ts';
import { authorityOf } from '../message/authority.ts';
import type { Inbound } from '../message/exchange.ts';
import { endToEnd, pairsOf, trailersOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { withoutOtherHosts } from '../message/overrides.ts';
import { placeholderName, type Sighting } from '../inject/alarm.ts';
import { applyIdentity, needsBodyDigest, placeOf } from '../inject/apply.ts';
import { bodyFault } from '../inject/sigv4.ts';
import { stripCredentials } from '../inject/strip.ts';
import { Blocked, type HeldBody } from './blocked.ts';
import { holdBody, holdUnseen, lookAtWhole } from './body.ts';
import { giveRoom } from './room.ts';
import type { Screen } from './screen.ts';
import { askingForWhole } from '../inject/whole-answers.ts';

/** Turns a request that a rule allows into one that may leave: inspects it, adds the rule's identity, and logs it. */

export type Screened =
  | { readonly inbound: Inbound; readonly passage: Passage; readonly findings: readonly Finding[] }
  | Refusal;

export interface ScreenContext {
  readonly gate: Gate;
  readonly screen: Screen;
  /** Version and protocol of opened TLS, for the log. */
  readonly tls: string | undefined;
}

/**
 * Largest body, in bytes, that is signed. AWS wants the digest of the body in the signature: nothing leaves before the
 * whole body has arrived.
 */
const MAX_SIGNED_BYTES = 16 * 1024 ** 2;

const NOT_WAITING = (): void => undefined;

/**
 * Screens a request. When this settles, nothing has left, and the log has what may leave. Never throws because of what
 * a client does.
 */
export async function screenRequest(
  inbound: Inbound,
  judged: Judged,
  context: ScreenContext,
): Promise<Screened> {
  const { gate, screen, tls } = context;
  const { asked } = judged;
  const { inject } = judged.grant;
  if (inject !== undefined) await screen.rejections?.settled(inject.secret);
  const { method, path, body, wantsTrailers } = inbound;
  const headers = withoutOtherHosts(endToEnd(inbound.headers, ['host', 'expect']));
  const head = { method, path, headers, body, trailers: inbound.trailers, wantsTrailers };
  const seen = lookAtHead(head, judged, screen);
  if ('rule' in seen) return gate.block(asked, seen);
  const fault = inject?.slot.kind === 'sigv4' ? bodyFault(headers) : undefined;
  if (fault !== undefined) return gate.refuse(asked, 'gateway.identity', `the request ${fault}`);
  const waiting = body instanceof Readable ? gate.wait(judged) : NOT_WAITING;
  if (typeof waiting === 'object') return waiting;
  let held: HeldBody | undefined;
  try {
    if (body !== undefined) held = await hold(body, head, { judged, screen });
  } catch (error) {
    if (error instanceof Blocked) return gate.block(asked, secretFound(error.findings));
    return gate.refuse(asked, 'gateway.body', reasonOf(error));
  } finally {
    // Once let out, the request counts by itself; until then, it may wait for a name lookup, of which there are few at
    // a time.
    waiting();
  }
  const screened = letOut(head, held, { judged, gate, screen, tls, seen: seen.findings });
  return held === undefined ? await screened : await untilOver(screened, held.roomBytes);
}

interface Looked extends ScreenContext {
  readonly judged: Judged;
  /** Findings in the head. */
  readonly seen: readonly Finding[];
}

/** Lets the request out with the rule's identity, once its line is in the log. */
async function letOut(
  head: Inbound,
  held: HeldBody | undefined,
  { judged, gate, screen, tls, seen }: Looked,
): Promise<Screened> {
  const { asked } = judged;
  const { inject } = judged.grant;
  const lent = inject === undefined ? undefined : screen.identities[inject.secret];
  const applied = identify(head, { judged, screen, body: held?.body });
  if ('refused' in applied) return gate.refuse(asked, 'gateway.identity', `the request ${applied.refused}`);
  const trailers = (): RawHeaders | Found => lookAtTrailers(trailersOf(head.trailers()), judged, screen);
  // The whole body has arrived, and so have its trailers.
  const last = held?.body instanceof Uint8Array ? trailers() : [];
  if ('rule' in last) return gate.block(asked, last);
  const findings = [...seen, ...(held?.findings ?? [])];
  const passage = await gate.open(judged, { tls, findings });
  if (passage.verdict === 'deny') return passage;
  const told = telling401(passage, lent, screen);
  // Without content, there are no trailers.
  if (held === undefined) return { inbound: applied, passage: told, findings };
  const checked = (): RawHeaders => orBlocked(trailers(), (found) => gate.block(asked, found));
  return { inbound: withTrailers(applied, checked), passage: told, findings };
}

/** Gives back the room of the content when the request is over, or now if it does not leave. */
async function untilOver(screening: Promise<Screened>, roomBytes: number): Promise<Screened> {
  let taken = roomBytes;
  const give = (): void => {
    giveRoom(taken);
    taken = 0;
  };
  try {
    const screened = await screening;
    if (!('passage' in screened)) {
      give();
      return screened;
    }
    const { inbound, passage, findings } = screened;
    const end: Passage['end'] = (outcome) => {
      give();
      passage.end(outcome);
    };
    return { inbound, passage: { ...passage, end }, findings };
  } catch (error) {
    give();
    throw error;
  }
}

/** Lists the members, as live-policy.ts does. */
function withTrailers(
  { method, path, headers, body, wantsTrailers }: Inbound,
  trailers: Inbound['trailers'],
): Inbound {
  return { method, path, headers, body, trailers, wantsTrailers };
}

/** Reports a 401: an identity that the host rejects may have a new value outside. */
function telling401(passage: Passage, lent: InjectedSecret | undefined, { rejections }: Screen): Passage {
  const { inject } = passage.grant;
  if (rejections === undefined || inject === undefined || lent === undefined) return passage;
  return {
    ...passage,
    end: (outcome) => {
      if (outcome.status === 401) rejections.rejected(inject.secret, lent.value);
      passage.end(outcome);
    },
  };
}

/** The content has left by then: drops trailers that may not follow it, and logs that. */
function orBlocked(trailers: RawHeaders | Found, block: (found: Found) => void): RawHeaders {
  if (!('rule' in trailers)) return trailers;
  block(trailers);
  return [];
}

/** Returns the trailers that may leave. The same rules apply to them as to headers. */
function lookAtTrailers(headers: RawHeaders, judged: Judged, screen: Screen): RawHeaders | Found {
  if (headers.length === 0) return [];
  const seen = lookAtHead({ path: '', headers }, judged, screen);
  if ('rule' in seen) return seen;
  const { inject } = judged.grant;
  if (inject === undefined) return headers;
  const stripped = stripCredentials({ path: '', headers }, placeOf(inject.slot));
  return 'refused' in stripped ? [] : stripped.headers;
}

/** Returns the denial for findings in a request. */
export function secretFound(findings: readonly Finding[]): Found {
  const what = findings.map(({ id, where, encoding }) => `${id} in ${where} (${encoding})`);
  const found = new Set(findings.map(({ detector }) => detector));
  return {
    rule: 'gateway.dlp',
    reason: `${wordsFor(found)} was about to leave: ${what.join(', ')}`,
    findings,
  };
}

function wordsFor(found: ReadonlySet<Finding['detector']>): string {
  if (found.has('secret') || found.has('pattern')) return 'something secret';
  return found.has('canary') ? 'a placeholder or a bait' : 'what nobody can look into';
}

function lookAtHead(
  { path, headers }: Pick<Inbound, 'path' | 'headers'>,
  { asked, grant }: Judged,
  { alarm, inspector }: Screen,
): Found | { readonly findings: readonly Finding[] } {
  const { host } = asked;
  const sighting = alarm({ host, path, headers }, grant.inject);
  if (sighting !== undefined) return placeholderFound(sighting);
  if (grant.dlp === undefined) return { findings: [] };
  // What the gateway removes anyway need not be clean.
  const left =
    grant.inject === undefined
      ? { path, headers }
      : stripCredentials({ path, headers }, placeOf(grant.inject.slot));
  if ('refused' in left)
    return { rule: 'gateway.identity', reason: `the request ${left.refused}`, findings: [] };
  const { dlp } = grant;
  const findings = inspector.head({ host, path: left.path, headers: pairsOf(left.headers) }, dlp);
  if (findings.length > 0) inspector.note(findings, dlp);
  return findings.some((finding) => isBlocking(finding, dlp)) ? secretFound(findings) : { findings };
}

function placeholderFound({ secret, fingerprint, where }: Sighting): Found {
  const id = placeholderName(secret);
  const reason = `${id} stands in ${where}, where it has no business`;
  const finding = {
    detector: 'canary',
    id,
    fingerprint,
    where,
    encoding: 'placeholder',
  } as const;
  return { rule: 'gateway.placeholder', reason, findings: [finding] };
}

async function hold(
  body: NonNullable<Inbound['body']>,
  { headers }: Inbound,
  { judged: { asked, grant }, screen: { inspector } }: Pick<Looked, 'judged' | 'screen'>,
): Promise<HeldBody> {
  const isSigned = grant.inject !== undefined && needsBodyDigest(grant.inject.slot);
  if (grant.dlp === undefined && !isSigned) return holdUnseen(body);
  const about = grant.dlp && {
    host: asked.host,
    where: 'body',
    action: grant.dlp,
    contentEncoding: valuesOf(headers, 'content-encoding').join(', ') || undefined,
  };
  const inspection = about && inspector.body(about);
  const options = { inspection, ...(isSigned ? { wholeUpToBytes: MAX_SIGNED_BYTES } : {}) };
  if (body instanceof Uint8Array) return lookAtWhole(body, options);
  const hasLength = valuesOf(headers, 'content-length').length > 0;
  const { largeBody: inspect } = inspector;
  return await holdBody(body, { ...options, hasLength, large: about && inspect && { about, inspect } });
}

interface Leaving {
  readonly judged: Judged;
  readonly screen: Screen;
  /** The body as held, or as received. */
  readonly body: Inbound['body'];
}

/** Lists the members, as live-policy.ts does. */
function identify(
  { method, path, headers: received, trailers, wantsTrailers }: Inbound,
  { judged: { asked, grant }, screen, body }: Leaving,
): Inbound | { readonly refused: string } {
  const { inject } = grant;
  if (inject === undefined) return { method, path, headers: received, body, trailers, wantsTrailers };
  const secret = screen.identities[inject.secret];
  if (secret === undefined)
    return { refused: `needs the secret ${inject.secret}, which the gateway was not given` };
  const headers = askingForWhole(received);
  const bodySha256 = needsBodyDigest(inject.slot) ? sha256(body) : undefined;
  const request = { method, path, headers, host: authorityOf(asked), nowMs: Date.now(), bodySha256 };
  const applied = applyIdentity(request, inject, secret);
  if ('refused' in applied) return applied;
  const identified = [...applied.headers, 'accept-encoding', 'identity'];
  return { method, path: applied.path, headers: identified, body, trailers, wantsTrailers };
}

function sha256(body: Uint8Array | Readable | undefined): string {
  return createHash('sha256')
    .update(body instanceof Uint8Array ? body : '')
    .digest('hex');
}
