import { createHash } from 'node:crypto';
import { isBlocking, type Finding } from '../dlp/finding.ts';
import type { Found, Judged } from '../gate/gate.ts';
import { authorityOf } from '../message/canonical.ts';
import type { Body, HttpRequest } from '../message/exchange.ts';
import { pairsOf, valuesOf, type RawHeaders } from '../message/headers.ts';
import { placeholderName, type Sighting } from '../inject/alarm.ts';
import { applyIdentity, needsBodyDigest, placeOf } from '../inject/apply.ts';
import { stripCredentials } from '../inject/strip.ts';
import { headersForWholeAnswer } from '../inject/scrub/whole-answers.ts';
import { holdBody, holdUninspected, inspectWhole } from './body.ts';
import type { HeldBody } from './room.ts';
import type { Screen } from './screen.ts';

/** Inspects the parts of a request, and gives it the identity of its rule. */

/**
 * Largest body, in bytes, that is signed. AWS wants the digest of the body in the signature: nothing leaves before the
 * whole body has arrived.
 */
const MAX_SIGNED_BYTES = 16 * 1024 ** 2;

/** Returns the trailers that may leave, or why the request is blocked. The same rules apply to them as to headers. */
export function inspectTrailers(headers: RawHeaders, judged: Judged, screen: Screen): RawHeaders | Found {
  if (headers.length === 0) return [];
  const seen = inspectHead({ path: '', headers }, judged, screen);
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
  return found.has('canary') ? 'a placeholder or a bait' : 'content that the gateway cannot inspect';
}

/** Returns the findings in a head, or why the request is blocked. */
export function inspectHead(
  { path, headers }: Pick<HttpRequest, 'path' | 'headers'>,
  { asked, grant }: Judged,
  { alarm, inspector }: Screen,
): Found | { readonly findings: readonly Finding[] } {
  const { host } = asked;
  const sighting = alarm({ host, path, headers }, grant.inject);
  if (sighting !== undefined) return placeholderFound(sighting);
  if (grant.dlp === undefined) return { findings: [] };
  // Credentials that the gateway removes anyway may contain secrets.
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
  const reason = `${id} is in ${where}, where it does not belong`;
  const finding = {
    detector: 'canary',
    id,
    fingerprint,
    where,
    encoding: 'placeholder',
  } as const;
  return { rule: 'gateway.placeholder', reason, findings: [finding] };
}

/**
 * Holds the content as far as the rule requires it before any of it leaves.
 * @throws Blocked when something in it may not leave; Error when it is too long, finds no room, or breaks off
 */
export async function holdContent(
  { headers, body }: { readonly headers: RawHeaders; readonly body: Body },
  { asked, grant }: Judged,
  { inspector }: Screen,
): Promise<HeldBody> {
  const isSigned = grant.inject !== undefined && needsBodyDigest(grant.inject.slot);
  if (grant.dlp === undefined && !isSigned) return holdUninspected(body);
  const about = grant.dlp && {
    host: asked.host,
    where: 'body',
    action: grant.dlp,
    contentEncoding: valuesOf(headers, 'content-encoding').join(', ') || undefined,
  };
  const inspection = about && inspector.body(about);
  const options = { inspection, ...(isSigned ? { wholeUpToBytes: MAX_SIGNED_BYTES } : {}) };
  if (body instanceof Uint8Array) return inspectWhole(body, options);
  const hasLength = valuesOf(headers, 'content-length').length > 0;
  const { largeBody: inspect } = inspector;
  return await holdBody(body, { ...options, hasLength, large: about && inspect && { about, inspect } });
}

/** Returns path and headers with the identity that the rule lends, or why there is none. */
export function identify(
  { method, path, headers: received, body }: HttpRequest,
  { asked, grant: { inject } }: Judged,
  screen: Screen,
): Pick<HttpRequest, 'path' | 'headers'> | { readonly refused: string } {
  if (inject === undefined) return { path, headers: received };
  const secret = screen.identities[inject.secret];
  if (secret === undefined)
    return { refused: `needs the secret ${inject.secret}, which the gateway does not have` };
  const headers = headersForWholeAnswer(received);
  const bodySha256 = needsBodyDigest(inject.slot) ? sha256(body) : undefined;
  const request = { method, path, headers, host: authorityOf(asked), nowMs: Date.now(), bodySha256 };
  const applied = applyIdentity(request, inject, secret);
  if ('refused' in applied) return applied;
  return { path: applied.path, headers: [...applied.headers, 'accept-encoding', 'identity'] };
}

function sha256(body: Body | undefined): string {
  return createHash('sha256')
    .update(body instanceof Uint8Array ? body : '')
    .digest('hex');
}
