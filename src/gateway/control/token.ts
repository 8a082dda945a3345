import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What whoever asks a gateway's control socket must send. The gateway knows the token's digest alone: neither its configuration nor
 * its memory holds what would let somebody else ask.
 */

/** A new one: 256 random bits, as hexadecimal digits. */
export const newToken = (): string => randomBytes(32).toString('hex');

/** SHA-256, as hexadecimal digits. */
export const digestOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The header that carries it: RFC 6750, 2.1. */
export const authorizationOf = (token: string): string => `Bearer ${token}`;

/** Whether an `Authorization` header carries the token with this digest. It takes as long for any other token. */
export function carriesToken(authorization: string | undefined, digest: string): boolean {
  const sent = /^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '')?.[1] ?? '';
  const [one, other] = [digestOfToken(sent), digest].map((text) => Buffer.from(text, 'hex'));
  return one !== undefined && other?.length === one.length && timingSafeEqual(one, other);
}
