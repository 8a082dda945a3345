import { Buffer } from 'node:buffer';
import type { InjectedSecret, Injection } from '../config.ts';
import type { Slot } from '../../contracts/slot.ts';
import type { RawHeaders } from '../message/headers.ts';
import { sign, takesUnsignedPayload } from './sigv4.ts';
import { stripCredentials, type Head, type OwnPlace, type Refused } from './strip.ts';

/** Puts a rule's identity into a request: into its slot and nowhere else. It replaces every other credential. */

export interface OutgoingRequest extends Head {
  readonly method: string;
  /** The value of the Host header, with the port unless it is the scheme's default. */
  readonly host: string;
  /** Current time, in milliseconds since 1970: AWS accepts a signature for some minutes only. */
  readonly nowMs: number;
  /** SHA-256 of the body, in hex. Required if `needsBodyDigest` returns true. */
  readonly bodySha256?: string | undefined;
}

/**
 * The parts of a request that change: without hop-by-hop headers (the caller applies `endToEnd` first), and never
 * `host`.
 */
export interface Applied {
  readonly path: string;
  readonly headers: RawHeaders;
}

/**
 * Returns the request with the rule's identity and without the caller's credentials. Otherwise returns the reason: a
 * clause that continues `the request `, and never contains a value. Does not read the body.
 */
export function applyIdentity(
  request: OutgoingRequest,
  { slot }: Injection,
  secret: InjectedSecret,
): Applied | Refused {
  const fault = secretFault(secret.value);
  if (fault !== undefined) return { refused: `needs a secret that ${fault}` };
  const stripped = stripCredentials(request, placeOf(slot));
  if ('refused' in stripped) return stripped;
  if (slot.kind === 'query') {
    const joint = stripped.path.includes('?') ? '&' : '?';
    const added = `${encodeURIComponent(slot.name)}=${encodeURIComponent(secret.value)}`;
    return { path: `${stripped.path}${joint}${added}`, headers: stripped.headers };
  }
  const added =
    slot.kind === 'sigv4'
      ? sign({ ...request, ...stripped, caller: request.headers }, slot, secret.value)
      : headerOf(slot, secret.value);
  return 'refused' in added
    ? added
    : { path: stripped.path, headers: [...stripped.headers, ...added.headers] };
}

/**
 * The reason why a value cannot be an injected secret; undefined if it can. The gateway checks this at start, so that
 * no value ever ends a header early.
 */
export function secretFault(value: string): string | undefined {
  if (value.length < SHORTEST_SECRET) return `has fewer than ${SHORTEST_SECRET} characters`;
  if (value.length > LONGEST_SECRET) return `has more than ${LONGEST_SECRET} characters`;
  if (/\p{Cc}/u.test(value)) return 'has control characters, such as the end of a line';
  if (value.trim() !== value) return 'begins or ends with a space';
  if (/\\{4}/.test(value)) return 'has four backslashes in a row, which look like escapes of one another';
  // A header's value is bytes; beyond ASCII, their encoding is undefined (RFC 9110, 5.5).
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has characters beyond ASCII';
}

/** Minimum length: shorter values occur in other texts by chance, and can be guessed. */
const SHORTEST_SECRET = 8;
/**
 * Maximum length: the forms that answers are searched for take some hundred times as much memory, and hardly any server
 * accepts a longer header.
 */
const LONGEST_SECRET = 8_192;

/** Whether `bodySha256` must be known before the first byte leaves, so that the gateway has to hold the body. */
export const needsBodyDigest = (slot: Slot): boolean =>
  slot.kind === 'sigv4' && !takesUnsignedPayload(slot.service);

function headerOf(slot: Exclude<Slot, { kind: 'query' | 'sigv4' }>, value: string): { headers: RawHeaders } {
  switch (slot.kind) {
    case 'header':
      return { headers: [slot.name, value] };
    case 'bearer':
      return { headers: ['authorization', `Bearer ${value}`] };
    case 'basic':
      return {
        headers: ['authorization', `Basic ${Buffer.from(`${slot.user}:${value}`).toString('base64')}`],
      };
  }
}

/** Returns the slot's place in a request. */
export function placeOf(slot: Slot): OwnPlace {
  switch (slot.kind) {
    case 'header':
      return { header: slot.name };
    case 'query':
      return { parameter: slot.name };
    case 'bearer':
    case 'basic':
    case 'sigv4':
      return { header: 'authorization' };
  }
}
