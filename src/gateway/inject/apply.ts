import { Buffer } from 'node:buffer';
import type { InjectedSecret, Injection, Slot } from '../config.ts';
import type { RawHeaders } from '../message/headers.ts';
import { sign, takesUnsignedPayload } from './sigv4.ts';
import { stripCredentials, type Head, type OwnPlace, type Refused } from './strip.ts';

/** The identity of a rule, put into a request: into its slot and nowhere else, and in the place of every other credential. */

export interface OutgoingRequest extends Head {
  readonly method: string;
  /** As the Host header will say it, with the port where it is not the scheme's own. */
  readonly host: string;
  /** Now, in milliseconds since 1970: AWS takes signatures for some minutes. */
  readonly nowMs: number;
  /** SHA-256 of the body, in hex: where `needsBodyDigest` says so. */
  readonly bodySha256?: string | undefined;
}

/** The parts of a request that change: without hop-by-hop headers (`endToEnd` comes before), and never `host`. */
export interface Applied {
  readonly path: string;
  readonly headers: RawHeaders;
}

/**
 * The request with the rule's identity and without any of the caller's, or why it cannot be had: a sentence that goes on from
 * `the request `, and never holds a value. The body is not looked at.
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

/** Why a value cannot be a secret of a request; undefined: it can. Asked at start, so that no value ever ends a header early. */
export function secretFault(value: string): string | undefined {
  if (value.length < SHORTEST_SECRET) return `has fewer than ${SHORTEST_SECRET} characters`;
  if (value.length > LONGEST_SECRET) return `has more than ${LONGEST_SECRET} characters`;
  if (/\p{Cc}/u.test(value)) return 'has control characters, such as the end of a line';
  if (value.trim() !== value) return 'begins or ends with a space';
  if (/\\{4}/.test(value)) return 'has four backslashes in a row, which look like escapes of one another';
  // A header's value is bytes; beyond ASCII, nobody knows of what (RFC 9110, 5.5).
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has characters beyond ASCII';
}

/** Anything shorter would be found by chance in what others write, and be guessed. */
const SHORTEST_SECRET = 8;
/** What answers are searched for takes some hundred times as much; and hardly a server takes more in a header. */
const LONGEST_SECRET = 8_192;

/** Whether `bodySha256` must be known before the first byte leaves, so that the body has to be held. */
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

/** Where in a request the slot is. */
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
